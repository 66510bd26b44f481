using System.Security.Cryptography;
using Dapper;
using Debci.Domain;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Webhooks;

/// <summary>The webhooks that there are, how far each has come, and what became of the last deliveries. No event tells of them: they change nothing but who is told.</summary>
public sealed class WebhookStore(NpgsqlDataSource database)
{
    /// <summary>The tables, created by <c>debci migrate</c>.</summary>
    public const string Tables = """
        create table if not exists work.webhooks (
            id uuid primary key, account uuid not null references work.accounts on delete cascade, url text not null, secret text not null,
            package text, suite text, arch text, state text, status text, requester text, position bigint not null, within int not null default 0,
            created_at timestamptz not null default now(), failures int not null default 0, failing_since timestamptz, next_at timestamptz,
            disabled_at timestamptz, disabled_why text);
        create index if not exists webhooks_account on work.webhooks (account);
        create table if not exists work.webhook_deliveries (
            id bigint generated always as identity primary key, webhook uuid not null references work.webhooks on delete cascade,
            at timestamptz not null default now(), run bigint not null, succeeded boolean not null, outcome text not null, seconds float8 not null);
        create index if not exists webhook_deliveries_webhook on work.webhook_deliveries (webhook, id)
        """;

    /// <summary>The most that one account may have.</summary>
    public const int Most = 20;

    /// <summary>How many deliveries of each are remembered.</summary>
    public const int Remembered = 200;

    private const string Select = """
        select id, account, url, package, suite, arch, state, status, requester, position, within, created_at as CreatedAt, failures, failing_since as FailingSince, next_at as NextAt,
            disabled_at as DisabledAt, disabled_why as DisabledWhy from work.webhooks
        """;

    private sealed record Row(
        Guid Id, Guid Account, string Url, string? Package, string? Suite, string? Arch, string? State, string? Status, string? Requester, long Position, int Within, DateTime CreatedAt,
        int Failures, DateTime? FailingSince, DateTime? NextAt, DateTime? DisabledAt, string? DisabledWhy)
    {
        public Webhook Whole() => new(Id, Account, Url, new RunFilter(Package, Suite, Arch, Of<RunState>(State), Of<Status>(Status), Requester), new FeedCursor(Position, Within), CreatedAt,
            Failures, FailingSince, NextAt, DisabledAt, DisabledWhy);

        private static T? Of<T>(string? word) where T : struct, Enum => word is null ? null : Enum.Parse<T>(word);
    }

    /// <summary>Adds one that is told what happens behind a position.</summary>
    /// <returns>Its id, and the secret that deliveries are signed with, which is told this once.</returns>
    /// <exception cref="RefusedException">The account has as many as it may.</exception>
    public async Task<(Guid Id, string Secret)> Add(Guid account, string url, RunFilter filter, long after, CancellationToken cancellation)
    {
        var (id, secret) = (Guid.CreateVersion7(), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var added = await connection.ExecuteAsync(new CommandDefinition("""
            insert into work.webhooks (id, account, url, secret, package, suite, arch, state, status, requester, position)
            select @id, @account, @url, @secret, @Package, @Suite, @Arch, @state, @status, @Requester, @after where (select count(*) from work.webhooks where account = @account) < @Most
            """, new { id, account, url, secret, filter.Package, filter.Suite, filter.Arch, state = filter.State?.ToString(), status = filter.Status?.ToString(), filter.Requester, after, Most }, cancellationToken: cancellation));
        return added == 1 ? (id, secret) : throw new RefusedException(RefusalCode.TooLarge, $"An account has at most {Most} webhooks; remove one that you need no more.");
    }

    /// <summary>Those of an account, or all, the oldest first.</summary>
    public async Task<IReadOnlyList<Webhook>> List(Guid? account, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. (await connection.QueryAsync<Row>(new CommandDefinition($"{Select} where @account is null or account = @account order by id", new { account }, cancellationToken: cancellation))).Select(r => r.Whole())];
    }

    /// <summary>Those that are told something: of accounts that have a key, since an operator who takes the last one away means it.</summary>
    public async Task<IReadOnlyList<Webhook>> Enabled(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. (await connection.QueryAsync<Row>(new CommandDefinition($"{Select} where disabled_at is null and exists (select from work.keys k where k.account = work.webhooks.account)", cancellationToken: cancellation))).Select(r => r.Whole())];
    }

    /// <summary>What one's deliveries are signed with; null when it is gone.</summary>
    public async Task<string?> SecretOf(Guid id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition("select secret from work.webhooks where id = @id", new { id }, cancellationToken: cancellation));
    }

    /// <summary>Removes one.</summary>
    /// <returns>Whether there was one that the account, if one is given, has.</returns>
    public Task<bool> Remove(Guid id, Guid? account, CancellationToken cancellation) =>
        Change("delete from work.webhooks where id = @id and (@account is null or account = @account)", new { id, account }, cancellation);

    /// <summary>Has one told again, from where it was left.</summary>
    /// <returns>Whether there was one that the account, if one is given, has.</returns>
    public Task<bool> Enable(Guid id, Guid? account, CancellationToken cancellation) => Change("""
        update work.webhooks set disabled_at = null, disabled_why = null, failures = 0, failing_since = null, next_at = null where id = @id and (@account is null or account = @account)
        """, new { id, account }, cancellation);

    /// <summary>Keeps how far one has come. It never goes back: a node that led before, and did not know that it does no more, may come late.</summary>
    public Task<bool> Passed(Guid id, FeedCursor cursor, CancellationToken cancellation) => Change(
        "update work.webhooks set position = @Position, within = @Within where id = @id and (position, within) <= (@Position, @Within)", new { id, cursor.Position, cursor.Within }, cancellation);

    /// <summary>Keeps that it was told, and how far it has come so.</summary>
    public async Task Told(Guid id, FeedCursor cursor, WebhookDelivery delivery, CancellationToken cancellation)
    {
        await Change("update work.webhooks set position = @Position, within = @Within, failures = 0, failing_since = null, next_at = null where id = @id and (position, within) <= (@Position, @Within)", new { id, cursor.Position, cursor.Within }, cancellation);
        await Remember(id, delivery, cancellation);
    }

    /// <summary>Keeps that it could not be told, and when that is tried again.</summary>
    /// <param name="id">Which.</param>
    /// <param name="pauseBehind">How long is waited behind so many failures in a row.</param>
    /// <param name="delivery">The try.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>For how long it has failed, without a success between.</returns>
    public async Task<TimeSpan> Failed(Guid id, Func<int, TimeSpan> pauseBehind, WebhookDelivery delivery, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var both = await connection.BeginTransactionAsync(cancellation); // nobody sees a failure without its pause
        var (failures, since) = await connection.QuerySingleOrDefaultAsync<(int, TimeSpan)>(new CommandDefinition("""
            update work.webhooks set failures = failures + 1, failing_since = coalesce(failing_since, now()) where id = @id returning failures, now() - failing_since
            """, new { id }, cancellationToken: cancellation));
        await connection.ExecuteAsync(new CommandDefinition("update work.webhooks set next_at = now() + @pause where id = @id", new { id, pause = pauseBehind(failures) }, cancellationToken: cancellation));
        await both.CommitAsync(cancellation);
        await Remember(id, delivery, cancellation);
        return since;
    }

    /// <summary>Tells it nothing more.</summary>
    public Task<bool> Disable(Guid id, string why, CancellationToken cancellation) =>
        Change("update work.webhooks set disabled_at = now(), disabled_why = @why where id = @id and disabled_at is null", new { id, why }, cancellation);

    /// <summary>The last deliveries of one, the newest first.</summary>
    public async Task<IReadOnlyList<WebhookDelivery>> Deliveries(Guid id, int most, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<WebhookDelivery>(new CommandDefinition(
            "select at, run, succeeded, outcome, seconds from work.webhook_deliveries where webhook = @id order by work.webhook_deliveries.id desc limit @most", new { id, most }, cancellationToken: cancellation))];
    }

    private Task<bool> Remember(Guid id, WebhookDelivery delivery, CancellationToken cancellation) => Change("""
        insert into work.webhook_deliveries (webhook, run, succeeded, outcome, seconds) select id, @Run, @Succeeded, @Outcome, @Seconds from work.webhooks where id = @id;
        delete from work.webhook_deliveries where webhook = @id and id <= (select id from work.webhook_deliveries where webhook = @id order by id desc offset @Remembered limit 1)
        """, new { id, delivery.Run, delivery.Succeeded, delivery.Outcome, delivery.Seconds, Remembered }, cancellation);

    private async Task<bool> Change(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellation)) > 0;
    }
}
