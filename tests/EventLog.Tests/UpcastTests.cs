using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Debci.Domain;

namespace Debci.EventLog.Tests;

/// <summary>How an event that was stored as an older version is read, by steps made up for the test: no event has had to change its meaning yet.</summary>
public sealed class UpcastTests
{
    // As if the first had named a host, and the second had counted attempts from 0.
    private static readonly Upcasts Steps = new(
        ("run.lost.v-1", "run.lost.v0", data => With(data, d => { d["worker"] = d["host"]!.DeepClone(); d.Remove("host"); })),
        ("run.lost.v0", "run.lost.v1", data => With(data, d => d["attempt"] = d["attempt"]!.GetValue<int>() + 1)));

    private static readonly RunEvent.Lost Today = new(new RunKey(7, "hello", "trixie", "amd64", false), 2, "host-1");

    [Theory]
    [InlineData("run.lost.v-1", """{"run":{"id":7,"package":"hello","suite":"trixie","arch":"amd64","private":false},"attempt":1,"host":"host-1"}""")]
    [InlineData("run.lost.v0", """{"run":{"id":7,"package":"hello","suite":"trixie","arch":"amd64","private":false},"attempt":1,"worker":"host-1"}""")]
    [InlineData("run.lost.v1", """{"run":{"id":7,"package":"hello","suite":"trixie","arch":"amd64","private":false},"attempt":2,"worker":"host-1"}""")]
    public void Every_version_that_was_ever_stored_reads_as_that_of_today_and_stays_as_it_was(string name, string stored)
    {
        var bytes = Encoding.UTF8.GetBytes(stored);
        Assert.Equal(Today, EventCodec.Read(name, bytes, Steps));
        Assert.Equal(stored, Encoding.UTF8.GetString(bytes));
        Assert.Equal("run.lost.v1", Steps.Present(name));
    }

    [Theory]
    [InlineData("run.lost.v0", "{}")]
    [InlineData("run.lost.v0", "[]")]
    [InlineData("run.lost.v0", """{"attempt":"one"}""")]
    [InlineData("run.lost.v-1", "no json")]
    [InlineData("run.lost.v-1", """{"run":{"id":7},"attempt":1}""")]
    public void Damage_is_said_to_be_damage_in_older_versions_too(string name, string stored) =>
        Assert.ThrowsAny<JsonException>(() => EventCodec.Read(name, Encoding.UTF8.GetBytes(stored), Steps));

    [Fact]
    public void Every_step_of_this_version_leads_to_an_event_that_it_knows() =>
        Assert.All(Upcasts.Known.LeftBehind, name => Assert.NotNull(StoredNames.TypeOf(Upcasts.Known.Present(name))));

    private static JsonObject With(JsonObject data, Action<JsonObject> change)
    {
        change(data);
        return data;
    }
}
