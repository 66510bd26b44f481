using Debci.Domain;
using GraphQL.Types;

namespace Debci.Api.GraphQL;

/// <summary>A refused mutation, as a typed answer.</summary>
public sealed class RefusedType : ObjectGraphType<Refusal>
{
    /// <summary>Code, sentence, and where.</summary>
    public RefusedType()
    {
        Name = "Refused";
        Description = "It was refused, and nothing has changed.";
        Field<NonNullGraphType<RefusalCodeType>>("code").Description("What kind of refusal.").Resolve(c => c.Source.Code);
        Field("message", r => r.Sentence).Description("A sentence that tells what to do.");
        Field("path", r => r.Path, nullable: true).Description("Where in the input, such as `tests[3].package`.");
    }
}

/// <summary>Either the answer or a refusal.</summary>
/// <typeparam name="TAnswer">The answer's GraphQL type.</typeparam>
public sealed class OrRefused<TAnswer> : UnionGraphType where TAnswer : IObjectGraphType
{
    /// <summary>Named after the answer.</summary>
    public OrRefused()
    {
        Name = $"{typeof(TAnswer).Name[..^"Type".Length]}Result";
        Description = "Done, or refused.";
        Type<TAnswer>();
        Type<RefusedType>();
    }
}

internal static class Refusals
{
    /// <summary>Sends a command; a refusal becomes the answer.</summary>
    public static async Task<object?> OrRefusal<T>(this ValueTask<T> sent, Func<T, object> answer)
    {
        try
        {
            return answer(await sent);
        }
        catch (RefusedException refused)
        {
            return refused.Refusal;
        }
    }
}
