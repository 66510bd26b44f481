using GraphQL.Types;

namespace Debci.Api.GraphQL;

/// <summary>Fields that say how many there are.</summary>
internal static class CountFields
{
    /// <summary>Adds one. Packages, and runs that wait or are of one year, are fewer than 2^31, where GraphQL's Int ends.</summary>
    public static void Count<T>(this ObjectGraphType<T> type, string name, string description, Func<T, long> count) =>
        type.Field<NonNullGraphType<IntGraphType>>(name).Description(description).Resolve(c => checked((int)count(c.Source)));
}
