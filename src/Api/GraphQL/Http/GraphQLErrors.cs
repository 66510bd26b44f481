using Debci.Api.Http;
using Debci.Domain;
using GraphQL;
using GraphQL.Execution;

namespace Debci.Api.GraphQL.Http;

/// <summary>What resolvers throw, as errors of the answer: a refusal with its code and sentence; anything else with a reference into the server's log.</summary>
public sealed class GraphQLErrors(ILogger<GraphQLErrors> logger)
{
    /// <summary>Translates one exception.</summary>
    public Task Translate(UnhandledExceptionContext context)
    {
        if (context.OriginalException is RefusedException { Refusal: var refusal })
        {
            context.Exception = new ExecutionError(refusal.Sentence, new Dictionary<string, object?> { ["path"] = refusal.Path })
            { Code = RefusalAnswers.Show(refusal.Code) };
            return Task.CompletedTask;
        }
        if (RefusalAnswers.IsUnstorableText(context.OriginalException))
        {
            context.Exception = new ExecutionError(RefusalAnswers.UnstorableText) { Code = RefusalAnswers.Show(RefusalCode.Invalid) };
            return Task.CompletedTask;
        }
        var reference = Guid.NewGuid().ToString("N")[..8];
        if (RefusalAnswers.IsOfAbsence(context.OriginalException))
            logger.LogWarning("A GraphQL field was put off, since the database or the log is away: {Reason}; reference {Reference}", context.OriginalException.Message, reference);
        else
            logger.LogError(context.OriginalException, "A GraphQL field failed; reference {Reference}", reference);
        context.Exception = new ExecutionError($"Something went wrong here; ask again in a moment. The server's log has it as {reference}.") { Code = "UNAVAILABLE" };
        return Task.CompletedTask;
    }
}
