using System.Globalization;
using System.Net;
using Grpc.Core;

namespace Debci.EventLog.EventStore;

/// <summary>What a failed call means, by its status and the trailer <c>exception</c>.</summary>
internal static class Failures
{
    /// <summary>What is to be done about it.</summary>
    internal enum Remedy
    {
        /// <summary>Somebody else leads: go there, or ask around.</summary>
        GoElsewhere,
        /// <summary>The same again, after a pause, at a node that answers.</summary>
        TryAgain,
        /// <summary>Nothing: the server means it.</summary>
        None,
    }

    public static Remedy Of(RpcException failure) => (Named(failure), failure.StatusCode) switch
    {
        ("not-leader", _) => Remedy.GoElsewhere,
        ("access-denied" or "stream-deleted" or "maximum-append-size-exceeded" or "maximum-append-event-size-exceeded" or "wrong-expected-version", _) => Remedy.None,
        (_, StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.DeadlineExceeded or StatusCode.Aborted or StatusCode.Internal or StatusCode.Unknown or StatusCode.ResourceExhausted) => Remedy.TryAgain,
        _ => Remedy.None,
    };

    /// <summary>The leader that a node names, if it does.</summary>
    public static DnsEndPoint? Leader(RpcException failure) =>
        failure.Trailers.GetValue("leader-endpoint-host") is { Length: > 0 } host
        && int.TryParse(failure.Trailers.GetValue("leader-endpoint-port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65_535
            ? new DnsEndPoint(host, port) : null;

    /// <summary>A sentence for whoever runs the system.</summary>
    public static LogAwayException Sentence(RpcException failure, DnsEndPoint node) => new((Named(failure), failure.StatusCode) switch
    {
        (_, StatusCode.Unauthenticated) => $"EventStoreDB at {node.Host}:{node.Port} does not know the user or the password of [log] connection.",
        ("access-denied", _) or (_, StatusCode.PermissionDenied) => $"EventStoreDB at {node.Host}:{node.Port} does not let the user of [log] connection do that: it must read $all, and append. Name one that may, or give it the rights.",
        ("stream-deleted", _) => $"EventStoreDB at {node.Host}:{node.Port} says that the stream was deleted; the log's streams must never be. Restore the cluster from a backup.",
        ("maximum-append-size-exceeded", _) => $"EventStoreDB at {node.Host}:{node.Port} takes no append of this size; set its MaxAppendSize to 1 MiB or more.",
        _ => $"EventStoreDB at {node.Host}:{node.Port} does not answer: {Reason(failure)}",
    }, failure);

    /// <summary>Why, in the words of whoever noticed it.</summary>
    public static string Reason(RpcException failure)
    {
        var inner = failure.Status.DebugException;
        while (inner?.InnerException is { } deeper)
            inner = deeper;
        var text = inner?.Message ?? (failure.StatusCode == StatusCode.DeadlineExceeded ? "it took too long" : failure.Status.Detail);
        return text.EndsWith('.') ? text : $"{text}.";
    }

    private static string? Named(RpcException failure) => failure.Trailers.GetValue("exception");
}
