using System.Net;

namespace Debci.Workers.Server;

/// <summary>No answer, a broken one, or one that says "later" (5xx, 408, 429): the same call is made again after a pause.</summary>
internal sealed class ServerAwayException(string sentence, Exception? inner = null) : Exception(sentence, inner);

/// <summary>The server understood the call and says no; making it again changes nothing.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">The protocol's word, such as LOG_GAP; empty when there was none.</param>
/// <param name="sentence">The server's sentence, safe to show.</param>
/// <param name="size">With LOG_GAP: how many bytes of the log the server has.</param>
internal sealed class ServerRefusedException(HttpStatusCode status, string code, string sentence, long? size) : Exception(sentence)
{
    /// <summary>Where to go on sending the log; null when this is no LOG_GAP.</summary>
    public long? LogGap { get; } = status == HttpStatusCode.Conflict && code == "LOG_GAP" ? size : null;

    /// <summary>Whether the run is not (or no longer) this worker's: cancelled, lost, or reported late.</summary>
    public bool NotOurs => LogGap is null && status is HttpStatusCode.Conflict or HttpStatusCode.NotFound;

    /// <summary>Whether what was sent is at fault, so that leaving it out lets the rest arrive.</summary>
    public bool BadContent => status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge;

    /// <summary>Whether the worker itself is at fault (its key, its name, its claim), so that it has to be set up anew.</summary>
    public bool BadWorker => status is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
}
