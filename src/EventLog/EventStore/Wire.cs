using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using Debci.EventLog.EventStore.Protocol;
using Google.Protobuf;

namespace Debci.EventLog.EventStore;

/// <summary>Our words in the protocol's messages, and back.</summary>
internal static partial class Wire
{
    /// <summary>Stream and event that hold the log's own word; pages and signals leave them out, as they do the server's own events (<c>$…</c>).</summary>
    public const string NamingStream = "debci-log";

    /// <summary>The type of that event.</summary>
    public const string NamingType = "debci.log.v1";

    private const string TypesOfTheLog = @"^(?!\$|debci\.)";
    private const long TicksPerMicrosecond = 10;

    /// <summary>The events of the log, and of nobody else.</summary>
    public static ReadReq.Types.FilterOptions Filter() => new()
    {
        EventType = new ReadReq.Types.Expression { Regex = TypesOfTheLog }, Max = 1000, CheckpointIntervalMultiplier = 10,
    };

    /// <summary>Whether a type passes <see cref="Filter"/>.</summary>
    [GeneratedRegex(TypesOfTheLog)]
    public static partial Regex OfTheLog();

    public static StreamIdentifier Stream(string name) => new() { StreamName = ByteString.CopyFromUtf8(name) };

    public static ReadReq Read(ReadReq.Types.Options options)
    {
        options.UuidOption = new() { Structured = new() };
        options.ControlOption = new() { Compatibility = 1 };
        if (options.FilterOptionCase == ReadReq.Types.Options.FilterOptionOneofCase.None)
            options.NoFilter = new();
        return new ReadReq { Options = options };
    }

    public static UUID Uuid(Guid id)
    {
        var bytes = id.ToByteArray(bigEndian: true);
        return new UUID { Structured = new() { Msb = BinaryPrimitives.ReadInt64BigEndian(bytes), Lsb = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(8)) } };
    }

    public static Guid Guid(UUID id)
    {
        if (id.ValueCase == UUID.ValueOneofCase.String)
            return System.Guid.Parse(id.String);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id.Structured.Msb);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.Structured.Lsb);
        return new Guid(bytes, bigEndian: true);
    }

    public static AppendReq Proposed(Guid id, string type, byte[] data, byte[] headers) => new()
    {
        ProposedMessage = new()
        {
            Id = Uuid(id), Data = ByteString.CopyFrom(data), CustomMetadata = ByteString.CopyFrom(headers),
            Metadata = { ["type"] = type, ["content-type"] = "application/json" },
        },
    };

    /// <summary>When the node stored it, by its own clock; what is finer than a microsecond is left out.</summary>
    public static DateTimeOffset Created(ReadResp.Types.Recorded stored)
    {
        var ticks = long.Parse(stored.Metadata["created"], NumberStyles.None, CultureInfo.InvariantCulture);
        return DateTimeOffset.UnixEpoch.AddTicks(ticks / TicksPerMicrosecond * TicksPerMicrosecond);
    }

    /// <summary>An event, numbered and dated by whoever knows what is before it.</summary>
    public static RecordedEvent Event(ReadResp.Types.Recorded stored, long position, DateTimeOffset recordedAt, ReadOnlyMemory<byte> headers) => new(
        position, Guid(stored.Id), stored.StreamIdentifier.StreamName.ToStringUtf8(), (long)stored.StreamRevision + 1, stored.Metadata["type"], recordedAt, stored.Data.Memory, headers);
}
