using Debci.Projections;
using GraphQL;

namespace Debci.Api.GraphQL.Http;

/// <summary>How a subscriber is told that its subscription ended before its time, over either transport.</summary>
internal static class FeedEnd
{
    /// <summary>The error behind which the subscription completes.</summary>
    public static ExecutionError Of(Exception error) => error is ResyncException
        ? new ExecutionError(error.Message) { Code = "RESYNC" }
        : new ExecutionError("The live feed was interrupted; subscribe again from your last cursor.") { Code = "RESYNC" };
}
