using Debci.Api.Cli;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.Playground;
using Npgsql;

namespace Debci.Api.Tests.Keys;

public sealed class AccessKeysTests : IAsyncLifetime
{
    private NpgsqlDataSource database = null!;
    private AccessKeys keys = null!;

    public async Task InitializeAsync()
    {
        database = NpgsqlDataSource.Create(await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c)));
        keys = new AccessKeys(database);
    }

    public Task DisposeAsync() => database.DisposeAsync().AsTask();

    [Fact]
    public async Task A_key_names_its_account_and_its_scopes()
    {
        var first = await keys.Find(await keys.Create("britney", [Scope.Request]));
        var second = await keys.Find(await keys.Create("britney", [Scope.Admin]));

        Assert.Equal("britney", first!.Name);
        Assert.Equal(first.AccountId, second!.AccountId); // two keys, one account
        Assert.True(first.Has(Scope.Request) && !first.Has(Scope.Report) && second.Has(Scope.Report));
        Assert.False(first.Viewer.SeesAll);
        Assert.True(second.Viewer.SeesAll);
    }

    [Fact]
    public async Task What_is_not_a_key_opens_nothing()
    {
        var key = await keys.Create("britney", [Scope.Request]);
        var (id, secret) = (key.Split('_')[1], key.Split('_')[2]);
        var flipped = secret[..^1] + (secret[^1] == '0' ? '1' : '0');
        foreach (var wrong in new[] { $"debci_{id}_{flipped}", $"debci_{new string('0', 16)}_{secret}", $"debci_{id}_", id, "", "debci__", key + "0", key.ToUpperInvariant() })
            Assert.Null(await keys.Find(wrong));
    }

    [Fact]
    public async Task A_key_that_is_taken_away_opens_nothing_and_its_accounts_other_keys_do()
    {
        var (key, other) = (await keys.Create("britney", [Scope.Request]), await keys.Create("britney", [Scope.Request, Scope.Waive]));
        Assert.NotNull(await keys.Find(key)); // and is remembered
        Assert.Equal(["request", "request waive"], (await keys.List()).Where(k => k.Account == "britney").Select(k => k.Scopes));

        Assert.True(await keys.Revoke(key.Split('_')[1]));

        Assert.Null(await keys.Find(key));
        Assert.NotNull(await keys.Find(other));
        Assert.Equal([other.Split('_')[1]], (await keys.List()).Where(k => k.Account == "britney").Select(k => k.Id));
        Assert.False(await keys.Revoke(key.Split('_')[1]));
    }

    [Fact]
    public async Task The_secret_is_stored_nowhere()
    {
        var key = await keys.Create("britney", [Scope.Request]);
        await using var command = database.CreateCommand("select string_agg(k::text || a::text, ' ') from work.keys k, work.accounts a");
        var stored = (string)(await command.ExecuteScalarAsync())!;
        Assert.Contains(key.Split('_')[1], stored, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Split('_')[2], stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_has_a_name_by_the_rules() =>
        await Assert.ThrowsAsync<RefusedException>(() => keys.Create("../x", [Scope.Request]));
}
