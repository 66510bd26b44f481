using System.Buffers;
using System.Text;
using System.Text.Json;
using Debci.Domain;

namespace Debci.EventLog.Tests.Proof;

/// <summary>The canonical form of JSON and of events.</summary>
public sealed class CanonicalTests
{
    [Theory]
    // RFC 8785, 3.2.2 and 3.2.3, without the numbers that are no integers
    [InlineData("""{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}""",
        """{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}""")]
    [InlineData("""{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}""",
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\uFB33\":\"Hebrew Letter Dalet With Dagesh\"}")]
    [InlineData("[ 56, {\"d\": true, \"10\": null, \"1\": [ ] } ]", "[56,{\"1\":[],\"10\":null,\"d\":true}]")]
    // The shortest escapes, control characters that have a letter and others, and what needs none
    [InlineData("\"\\u0008\\u0009\\u000A\\u000c\\u000D\\u001F\\u007f\\/\"", "\"\\b\\t\\n\\f\\r\\u001f\u007f/\"")]
    [InlineData("{\"a\":{\"b\":1,\"a\":-0},\"A\":\"\"}", "{\"A\":\"\",\"a\":{\"a\":0,\"b\":1}}")]
    [InlineData("9007199254740993", "9007199254740993")] // an integer stays as it is, also where a double would not
    [InlineData("[1.50]", "[1.50]")] // no event of ours holds such a number: it is hashed as it stands
    public void Json_has_one_form(string json, string canonical)
    {
        Assert.Equal(canonical, Canonical(json));
        Assert.Equal(canonical, Canonical(canonical));
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("{")]
    [InlineData("{\"\\udc00\": 1}")]
    public void What_has_no_form_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Canonical(json));

    [Fact]
    public void Nesting_is_followed_far_deeper_than_any_event_goes() =>
        Assert.Equal(200, Canonical(string.Concat(Enumerable.Repeat("[", 100)) + string.Concat(Enumerable.Repeat("]", 100))).Length);

    /// <summary>STORED CONTRACT: frozen; another form would disagree with every head that was ever exported.</summary>
    [Fact]
    public void The_form_and_the_leaf_of_an_event_are_frozen()
    {
        var e = new RecordedEvent(4711, new Guid("01890a5d-ac96-574b-8cce-b302099a8057"), "run-7", 2, "run.lost.v1",
            new DateTimeOffset(2026, 11, 28, 9, 5, 0, TimeSpan.Zero).AddTicks(1_234_560),
            """{"run": {"id": 7, "arch": "amd64", "suite": "sid", "package": "hello", "private": false}, "worker": "w1", "attempt": 1}"""u8.ToArray(),
            """{"actor": "debci", "command": "lose", "origin": "live", "commandId": "00000000-0000-0000-0000-000000000001", "correlation": "00000000-0000-0000-0000-000000000002"}"""u8.ToArray());

        Assert.Equal("""
            {"data":{"attempt":1,"run":{"arch":"amd64","id":7,"package":"hello","private":false,"suite":"sid"},"worker":"w1"},"headers":{"actor":"debci","command":"lose","commandId":"00000000-0000-0000-0000-000000000001","correlation":"00000000-0000-0000-0000-000000000002","origin":"live"},"id":"01890a5d-ac96-574b-8cce-b302099a8057","name":"run.lost.v1","recordedAt":"2026-11-28T09:05:00.123456Z","revision":2,"stream":"run-7"}
            """, Encoding.UTF8.GetString(CanonicalEvent.Of(e)));
        Assert.Equal(MerkleHash.Leaf(CanonicalEvent.Of(e)), CanonicalEvent.Leaf(e));
        Assert.Equal("8ea666f819921927cc118d9d97a67093293039343edad243ed577e2b932a117b", Convert.ToHexStringLower(CanonicalEvent.Leaf(e)));
    }

    [Fact]
    public async Task Every_event_has_the_same_form_on_either_engine()
    {
        var ours = await Written(new Memory.MemoryEventLog());
        var connection = await (await Playground.PostgresCluster.Shared).NewDatabase("log", c => Marten.MartenLogSchema.Migrate(c));
        await using var database = Npgsql.NpgsqlDataSource.Create(connection);
        await using var log = new Marten.MartenEventLog(database);
        Assert.Equal(ours, await Written(log));
    }

    private static async Task<IEnumerable<string>> Written(IEventLog log)
    {
        var happened = new object[]
        {
            new WorkerEvent.Announced("w1", ["amd64"], ["fake"], "a \"quoted\" \u0001 \t\\ é 😀 </script>"),
            new PolicyEvent.Paused(PauseKind.Arch, "armhf", "why"),
        };
        var command = new CommandInfo(new Guid(1, 2, 3, new byte[8]), "test", "debci", Guid.Empty);
        for (var i = 0; i < happened.Length; i++)
            await log.Append($"s{i}", 0, command.Events([happened[i]], before: i));
        var stored = await log.ReadAll(0, 10);
        return stored.Select(e => Encoding.UTF8.GetString(CanonicalEvent.Of(e with { RecordedAt = DateTimeOffset.UnixEpoch })));
    }

    private static string Canonical(string json)
    {
        var into = new ArrayBufferWriter<byte>();
        CanonicalJson.Write(Encoding.UTF8.GetBytes(json), into);
        return Encoding.UTF8.GetString(into.WrittenSpan);
    }
}
