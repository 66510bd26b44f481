using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Debci.EventLog.EventStore.Protocol;
using Grpc.Core;

namespace Debci.EventLog.EventStore;

/// <summary>
/// What the log says of itself, in a stream of its own whose last event counts: its word and, of a log that was copied here, how its positions go on. Those
/// of copied events are kept with them; what is appended behind is numbered on from there, by the server's commit positions and a fixed distance.
/// </summary>
/// <remarks>STORED CONTRACT: <c>{"id":…}</c>, with <c>"copying":true</c> until a copy is whole, and <c>"behind"</c> and <c>"offset"</c> when it is.</remarks>
/// <param name="Id">The log's word.</param>
/// <param name="Copying">Whether events are still to come from elsewhere: then nobody may use it yet.</param>
/// <param name="Behind">The commit position of the last event that was copied.</param>
/// <param name="Offset">How much higher positions are than commit positions, behind that.</param>
/// <param name="Revision">How often the log was named so far.</param>
internal sealed record Naming(string Id, bool Copying, long Behind, long Offset, long Revision)
{
    /// <summary>What the log says; null where there is none.</summary>
    public static Task<Naming?> Read(Cluster cluster, CancellationToken cancellation) => cluster.Ask(async (client, options) =>
    {
        using var call = client.Read(Wire.Read(new() { Stream = new() { StreamIdentifier = Wire.Stream(Wire.NamingStream), Start = new() }, Count = long.MaxValue }), options);
        Naming? last = null;
        await foreach (var response in call.ResponseStream.ReadAllAsync(options.CancellationToken))
            if (response.Event?.Event is { } stored)
                last = Parse(stored);
        return last;
    }, endsByItself: false, cancellation);

    /// <summary>Stores it as the next word. Whoever does so at once is first or second; the word is the first one's.</summary>
    public static Task<AppendResp> Store(Cluster cluster, Naming naming, CancellationToken cancellation)
    {
        var data = new JsonObject { ["id"] = naming.Id };
        if (naming.Copying)
            data["copying"] = true;
        if (naming.Behind > 0)
            (data["behind"], data["offset"]) = (naming.Behind, naming.Offset);
        var appending = new Appending(Wire.NamingStream, naming.Revision, [], [Wire.Proposed(Guid.NewGuid(), Wire.NamingType, Encoding.UTF8.GetBytes(data.ToJsonString()), [])]);
        return cluster.Ask(appending.Send, endsByItself: true, cancellation);
    }

    /// <summary>An event as readers know it, dated by itself alone.</summary>
    public RecordedEvent Event(ReadResp.Types.Recorded stored) => Copied.Read(stored.CustomMetadata) is { } copied
        ? Wire.Event(stored, copied.Position, copied.RecordedAt, copied.Headers)
        : Wire.Event(stored, Position((long)stored.CommitPosition), Wire.Created(stored), stored.CustomMetadata.Memory);

    /// <summary>Whether what is stored at a commit position was appended here.</summary>
    public bool IsOwn(long commit) => commit > Behind;

    /// <summary>The position of what was appended here.</summary>
    public long Position(long commit) => commit + Offset;

    private static Naming Parse(ReadResp.Types.Recorded stored)
    {
        using var data = JsonDocument.Parse(stored.Data.Memory);
        long Number(string name) => data.RootElement.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
        return new(data.RootElement.GetProperty("id").GetString()!, data.RootElement.TryGetProperty("copying", out _), Number("behind"), Number("offset"), (long)stored.StreamRevision + 1);
    }
}

/// <summary>The log's naming, read once by each process: it does not change while a log is in use.</summary>
internal sealed class Namings(Cluster cluster)
{
    private static readonly Naming None = new("", false, 0, 0, 0);
    private volatile Naming? known;

    public async ValueTask<Naming> Get(CancellationToken cancellation)
    {
        if (known is { } there)
            return there;
        var read = await Naming.Read(cluster, cancellation);
        if (read is { Copying: false })
            known = read;
        return read ?? None;
    }
}
