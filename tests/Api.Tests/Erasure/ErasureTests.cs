using System.Text;
using Debci.Api.Erasure;
using Debci.Api.Keys;
using Debci.Api.Tests.Import;
using Debci.Api.Tests.Pages;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Api.Tests.Erasure;

/// <summary>A person asks to be forgotten: the log stays as it is, to the last byte.</summary>
public sealed class ErasureTests : IAsyncLifetime
{
    private Server server = null!;

    public async Task InitializeAsync() => server = await Server.Start();

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    private PersonalData Data => Erasing(_ => Task.CompletedTask);

    private PersonalData Erasing(Func<CancellationToken, Task> settled) => new(server.Get<IEventLog>(), server.Get<Npgsql.NpgsqlDataSource>(), settled);

    [Fact]
    public async Task Name_keys_and_texts_go_and_the_log_stays_as_it_was()
    {
        var alice = server.Client(server.RequestKey);
        var (runs, _) = await alice.Request("hello", "gzip");
        await Cancel(alice, runs[0], "my cat is ill");
        await Cancel(server.Client(server.AdminKey), runs[1], "out of disk");
        await server.Passed();
        Assert.Contains("my cat is ill", (await alice.Visit($"/runs/{runs[0]}")).Text("#verdict"), StringComparison.Ordinal);
        var before = await Log();

        var id = (await Data.Find("alice", default))!.Value;
        Assert.Equal(new Erased(true, 1, 1), await Data.Erase(id, null, default));

        Assert.Equal(before, await Log());
        Assert.Null(await Data.Find("alice", default));
        Assert.Null(await new AccessKeys(server.Get<Npgsql.NpgsqlDataSource>()).Find(server.RequestKey));
        Assert.Contains("(erased)", (await server.Client().Visit($"/runs/{runs[0]}")).Text("#verdict"), StringComparison.Ordinal);
        Assert.Contains("out of disk", (await server.Client().Visit($"/runs/{runs[1]}")).Text("#verdict"), StringComparison.Ordinal);
        Assert.Equal(new Erased(false, 0, 0), await Data.Erase(id, null, default)); // by its id it is still found, with nothing to erase
        Assert.Equal(id, await Data.Find($"{id}", default));
    }

    [Fact]
    public async Task What_is_written_with_a_key_that_servers_still_know_is_erased_too()
    {
        var alice = server.Client(server.RequestKey);
        var (runs, _) = await alice.Request("hello", "gzip");
        await Cancel(alice, runs[0], "my cat is ill");
        var erased = await Erasing(_ => Cancel(alice, runs[1], "my dog as well")).Erase((await Data.Find("alice", default))!.Value, null, default);
        Assert.Equal(new Erased(true, 1, 2), erased);
        await server.Passed();
        Assert.Contains("(erased)", (await server.Client().Visit($"/runs/{runs[1]}")).Text("#verdict"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_goes_by_its_hash_and_another_account_can_have_the_name_that_was_freed()
    {
        var (runs, _) = await server.Client(server.RequestKey).Request("hello");
        await Cancel(server.Client(server.RequestKey), runs[0], "my cat is ill");
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("my cat is ill"u8));
        Assert.Equal(1, await Data.EraseTexts([hash], default));
        Assert.Equal(0, await Data.EraseTexts([hash], default));

        var first = await Data.Find("alice", default);
        await Data.Erase(first!.Value, null, default);
        await new AccessKeys(server.Get<Npgsql.NpgsqlDataSource>()).Create("alice", [Scope.Request]);
        Assert.NotEqual(first, await Data.Find("alice", default));
    }

    private static Task<System.Text.Json.JsonElement> Cancel(HttpClient client, long run, string reason) => client.Data(
        "mutation ($run: ID!, $reason: String) { cancelRun(run: $run, reason: $reason) { __typename } }", new { run, reason });

    private async Task<string> Log() => string.Join('\n', (await server.Get<IEventLog>().ReadAll(0, 1000))
        .Select(e => $"{e.Position} {e.Id} {e.Stream} {e.Revision} {e.Name} {e.RecordedAt:O} {Encoding.UTF8.GetString(e.Data.Span)} {Encoding.UTF8.GetString(e.Headers.Span)}"));
}
