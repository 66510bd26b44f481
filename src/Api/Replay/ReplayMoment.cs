using System.Globalization;
using Debci.Api.Events;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Replay;

/// <summary>The moment of a replay, in words.</summary>
public static class ReplayMoment
{
    /// <summary>The position of the last event at or before a moment; 0 when there is none.</summary>
    /// <param name="moment">A time, or a position as it is shown.</param>
    /// <param name="id">The log's own word.</param>
    /// <param name="log">The log.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RefusedException">It is neither, or a position of another log.</exception>
    public static Task<long> PositionOf(string moment, string id, IEventLog log, CancellationToken cancellation) => moment.Split('.') switch
    {
        [{ Length: 8 } named, var number] when long.TryParse(number, NumberStyles.None, null, out var position) => named == id
            ? new Moments(log).LastPosition(position, cancellation)
            : throw new RefusedException(RefusalCode.Invalid, $"{moment} is a position of another log than this one, {id}.", "until"),
        _ => new Moments(log).PositionAt(EventQuestion.Moment(moment, "until")!.Value, cancellation),
    };
}
