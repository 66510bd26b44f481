using Debci.Api.Files;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Runs;

/// <summary><c>logAppended</c>.</summary>
public sealed class LogSubscriptions(LogFeed logs, KnownRuns runs)
{
    // Pieces are large: so few of them wait for a slow client.
    private const int Ahead = 4;

    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType subscription) => subscription
        .Field<NonNullGraphType<LogPieceType>>("logAppended")
        .Description("The plain log of a run in pieces, as it arrives: of its newest attempt and of those that follow, each from offset 0 on. "
            + "The piece with `end` is the last one, and empty; with it the subscription ends.")
        .Argument<NonNullGraphType<IdGraphType>>("run", "The run's number.")
        .Argument<StringGraphType>("after", "The cursor of the last piece that you have; from the beginning of the newest attempt, if it is left out.")
        .Resolve(c => c.Source)
        .ResolveStreamAsync(async c =>
        {
            var run = await runs.Get(RunQueries.IdArgument(c, "run"), c.Caller(), c.CancellationToken);
            var after = After(c, run);
            c.Pace().Narrow(Ahead);
            return new AsyncObservable<LogPiece>(stop => logs.Follow(run, after, stop), c.Pace());
        });

    private static LogPlace? After(IResolveFieldContext c, RunRow run)
    {
        if (c.GetArgument<string?>("after") is not { } text)
            return null;
        return LogPlace.Read(text) is { } place && place.Attempt <= run.Attempt ? place
            : throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(text)} is no place in the log of run {run.Key.Id}; give a cursor that it answered.", "after");
    }
}

/// <summary>A piece of a log.</summary>
public sealed class LogPieceType : ObjectGraphType<LogPiece>
{
    /// <summary>Where it is, and what it says.</summary>
    public LogPieceType()
    {
        Name = "LogPiece";
        Description = "A piece of a plain log.";
        Field<NonNullGraphType<StringGraphType>>("cursor").Description("Give it as `after` to go on behind this piece.").Resolve(c => $"{c.Source.Behind}");
        Field("attempt", p => p.From.Attempt).Description("Of which attempt; 0 when the run ended before any.");
        Field<NonNullGraphType<LongGraphType>>("offset").Description("How many bytes of the log come before it.").Resolve(c => c.Source.From.Offset);
        Field("text", p => p.Text).Description("At most 64 KiB of the log, in whole characters; bytes that are no UTF-8 are replaced by U+FFFD. Untrusted: it may hold what steers a terminal.");
        Field("end", p => p.End).Description("Whether nothing follows.");
    }
}
