using Debci.Api.Files;
using Debci.Api.Runs;
using Debci.Domain;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Runs;

/// <summary><c>logAppended</c>.</summary>
public sealed class LogSubscription(KnownRuns known, LogFollower follower)
{
    // Pieces are large: so few of them wait for a slow client.
    private const int Ahead = 4;

    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType subscription) => subscription
        .Field<NonNullGraphType<LogPieceType>>("logAppended")
        .Description("A run's log, from its first attempt's first byte or behind `after`, as it grows; one attempt after the other. It ends with the run.")
        .Argument<NonNullGraphType<IdGraphType>>("run", "Its number.")
        .Argument<StringGraphType>("after", "The cursor of the last piece that you have.")
        .Resolve(c => c.Source)
        .ResolveStreamAsync(async c =>
        {
            var row = await known.Get(RunQueries.IdArgument(c, "run"), c.Caller(), c.CancellationToken);
            var (attempt, offset) = c.GetArgument<string?>("after") is { } after ? Read(after) : (1, 0);
            c.Pace().Narrow(Ahead);
            FileEndpoints.MustBeKept(row);
            return new AsyncObservable<LogPiece>(cancellation => follower.Follow(row.Key, attempt, offset, cancellation), c.Pace());
        });

    private static (int Attempt, long Offset) Read(string cursor) =>
        cursor.Split(':') is [var attempt, var offset] && int.TryParse(attempt, System.Globalization.NumberStyles.None, null, out var a) && a > 0
            && long.TryParse(offset, System.Globalization.NumberStyles.None, null, out var o) ? (a, o)
            : throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(cursor)} is no cursor of a log; give one that this subscription answered.", "after");
}

/// <summary>A piece of a log.</summary>
public sealed class LogPieceType : ObjectGraphType<LogPiece>
{
    /// <summary>Its place and its text.</summary>
    public LogPieceType()
    {
        Name = "LogPiece";
        Description = "A piece of a log.";
        Field<NonNullGraphType<StringGraphType>>("cursor").Description("Give it as `after` to go on behind this piece.").Resolve(c => $"{c.Source.Attempt}:{c.Source.Offset + c.Source.Bytes}");
        Field("attempt", p => p.Attempt).Description("Of which attempt.");
        // As a string: Int has 32 bits.
        Field<NonNullGraphType<StringGraphType>>("offset").Description("Bytes of the attempt's log before it.").Resolve(c => $"{c.Source.Offset}");
        Field("text", p => p.Text).Description("The text; never cut inside a character. Bytes that are no UTF-8 come as U+FFFD, all else as it is: escape it where it is shown.");
        Field("end", p => p.End).Description("Whether it is the last of its attempt.");
    }
}
