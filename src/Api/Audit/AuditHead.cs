using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Audit;

// STORED CONTRACT: heads are kept by others, for as long as they like. Fields are never renamed; another meaning is another Form.

/// <summary>What the log's Merkle tree amounts to at a size, signed.</summary>
/// <param name="Form">Always <see cref="FormV1"/>.</param>
/// <param name="Log">The log's own word. A copy may have another; the root is the same.</param>
/// <param name="Size">How many events it covers, from the log's first on.</param>
/// <param name="Root">The tree's root: hex.</param>
/// <param name="Peaks">The roots of its whole subtrees, the largest first, from which the root follows and the tree grows on: hex.</param>
/// <param name="Position">How far in the log it reaches, as positions are shown.</param>
/// <param name="At">When it was made: UTC, whole seconds, as <c>2026-11-28T09:05:00Z</c>.</param>
/// <param name="Key">The public key that signed it: 32 bytes in base64.</param>
/// <param name="Signature">Ed25519 over the canonical form (RFC 8785) of all other fields: base64.</param>
public sealed record AuditHead(
    string Form, string Log, long Size, string Root, IReadOnlyList<string> Peaks, string Position, string At, string Key, string Signature)
{
    /// <summary>The form of heads.</summary>
    public const string FormV1 = "debci-audit-head-1";

    /// <summary>What a head's file may be called: sorted by name they are sorted by size.</summary>
    public const string Files = "head-*.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>The name of its file.</summary>
    [JsonIgnore]
    public string FileName => $"head-{Size:D12}.json";

    /// <summary>Makes and signs a head.</summary>
    public static AuditHead Sign(MerkleRange tree, string log, long position, DateTimeOffset at, SigningKey key)
    {
        var head = new AuditHead(FormV1, log, tree.Size, Hex(tree.Root()), [.. tree.Peaks.Select(Hex)], $"{log}.{position}",
            at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture), key.Public, "");
        return head with { Signature = key.Sign(head.Signed()) };
    }

    /// <summary>Reads a head; its signature is not looked at.</summary>
    /// <exception cref="InvalidOperationException">The file is none.</exception>
    public static AuditHead Load(string file)
    {
        try
        {
            var head = JsonSerializer.Deserialize<AuditHead>(File.ReadAllBytes(file), Json);
            return head is { Form: FormV1 } && head.Tree() is not null ? head
                : throw new InvalidOperationException($"{file} is no head that this program knows, or its root does not follow from its peaks.");
        }
        catch (JsonException damage)
        {
            throw new InvalidOperationException($"{file} is no head: {damage.Message}", damage);
        }
    }

    /// <summary>The heads that are named: files, and the heads in folders.</summary>
    public static IReadOnlyList<AuditHead> LoadAll(IEnumerable<string> names) =>
        [.. names.SelectMany<string, string>(n => Directory.Exists(n) ? Directory.EnumerateFiles(n, Files).Order(StringComparer.Ordinal) : [n]).Select(Load)];

    /// <summary>Whether it is signed by this key.</summary>
    public bool IsSignedBy(string publicKey) => SigningKey.Verifies(publicKey, (this with { Key = publicKey }).Signed(), Signature);

    /// <summary>The tree as it was then, to grow on from; null when its root does not follow from its peaks.</summary>
    public MerkleRange? Tree()
    {
        try
        {
            var tree = MerkleRange.Of(Size, [.. Peaks.Select(Convert.FromHexString)]);
            return tree is not null && Hex(tree.Root()) == Root ? tree : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Writes it into a folder: whole, or not at all; never over another one.</summary>
    public string Save(string folder)
    {
        Directory.CreateDirectory(folder);
        var (file, aside) = (Path.Combine(folder, FileName), Path.Combine(folder, $".{FileName}.{Environment.ProcessId}"));
        try
        {
            File.WriteAllText(aside, ToJson() + "\n");
            File.Move(aside, file, overwrite: false);
        }
        catch (IOException)
        {
            File.Delete(aside);
            throw;
        }
        return file;
    }

    /// <summary>The head as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    private byte[] Signed()
    {
        var fields = JsonSerializer.SerializeToNode(this, Json)!.AsObject();
        fields.Remove("signature");
        var into = new ArrayBufferWriter<byte>();
        CanonicalJson.Write(JsonSerializer.SerializeToUtf8Bytes(fields), into);
        return into.WrittenSpan.ToArray();
    }

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}
