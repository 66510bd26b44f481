using Debci.Api.Keys;
using Debci.Projections;
using GraphQL;

namespace Debci.Api.GraphQL;

/// <summary>Who asks, carried through a GraphQL request.</summary>
internal static class CallerContext
{
    public const string Key = "caller";

    public static Caller Caller(this IResolveFieldContext context) => (Caller)context.UserContext[Key]!;

    public const string PaceKey = "pace";

    /// <summary>The pace of the client that a subscription is for.</summary>
    public static Pace Pace(this IResolveFieldContext context) => (Pace)context.UserContext[PaceKey]!;

    public static Viewer Viewer(this IResolveFieldContext context) => context.Caller().Viewer;

    public static bool MaySeeRun(this Viewer viewer, RunRow run) => !run.Key.Private || viewer.SeesAll || viewer.Account == run.Requester;
}
