using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Files.Buffer;

/// <summary>A log that grows in the database, or did: the row behind it.</summary>
/// <param name="Stored">Plain bytes that are kept.</param>
/// <param name="Dropped">Bytes that the cap took; 0 while there is room.</param>
/// <param name="Index">The text of its index, once it is whole and in the store; null while it grows.</param>
internal sealed record BufferedLog(long Stored, long Dropped, string? Index)
{
    /// <summary>How far it has come. Where bytes were dropped, the last line about them is stored too, but was not sent.</summary>
    public LogSize Size => Index is null ? new LogSize(Stored + Dropped, Stored, false) : LogBuffer.SizeOf(LogIndex.Parse(Index));
}

/// <summary>The rows of growing logs, in the schema <c>work</c>: what no event tells, until the store has it.</summary>
/// <param name="database">Shared by all nodes, so that what one takes all can read at once.</param>
internal sealed class BufferedLogs(NpgsqlDataSource database)
{
    /// <summary>The tables, created by <c>debci migrate</c>. A row without parts says where a log ended, for a month.</summary>
    public const string Tables = """
        create table if not exists work.log_buffers (
            run bigint, attempt int, package text not null, suite text not null, arch text not null, private boolean not null,
            stored bigint not null default 0, dropped bigint not null default 0, index text, at timestamptz not null default now(), primary key (run, attempt));
        create index if not exists log_buffers_at on work.log_buffers (at);
        create table if not exists work.log_parts (run bigint, attempt int, start bigint, bytes bytea not null, primary key (run, attempt, start));
        """;

    private const string Columns = "stored, dropped, index";

    /// <summary>A log; null when nothing of it was sent, or it ended long ago.</summary>
    public async Task<BufferedLog?> Find(RunKey run, int attempt, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<BufferedLog>(new CommandDefinition(
            $"select {Columns} from work.log_buffers where run = @Id and attempt = @attempt", new { run.Id, attempt }, cancellationToken: stop));
    }

    /// <summary>Adds a piece where the rule says so, while no other node does.</summary>
    public async Task<Appended> Add(RunKey run, int attempt, long most, long offset, ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        var log = await connection.QuerySingleAsync<BufferedLog>(new CommandDefinition($"""
            insert into work.log_buffers (run, attempt, package, suite, arch, private) values (@Id, @attempt, @Package, @Suite, @Arch, @Private) on conflict do nothing;
            select {Columns} from work.log_buffers where run = @Id and attempt = @attempt for update
            """, new { run.Id, attempt, run.Package, run.Suite, run.Arch, run.Private }, transaction, cancellationToken: stop));
        var fate = PieceFate.Of(log.Size, log.Dropped > 0, most, offset, piece.Length);
        if (fate.Answer is { } answer)
            return new Appended(answer, false);
        await connection.ExecuteAsync(new CommandDefinition("""
            insert into work.log_parts (run, attempt, start, bytes) select @Id, @attempt, @Stored, @bytes where length(@bytes) > 0;
            update work.log_buffers set stored = stored + length(@bytes), dropped = dropped + @Dropped, at = now() where run = @Id and attempt = @attempt
            """, new { run.Id, attempt, log.Stored, bytes = piece.Slice(fate.Skip, fate.Kept).ToArray(), fate.Dropped }, transaction, cancellationToken: stop));
        await transaction.CommitAsync(stop);
        return new Appended(new LogAppend.Taken(log.Size.Sent + fate.Kept + fate.Dropped), fate.Kept > 0);
    }

    /// <summary>Bytes from an offset on; fewer than wanted when the log has become whole meanwhile.</summary>
    public async Task<byte[]> Read(RunKey run, int attempt, long from, int wanted, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        var parts = await connection.QueryAsync<(long Start, byte[] Bytes)>(new CommandDefinition(
            "select start, bytes from work.log_parts where run = @Id and attempt = @attempt and start > @from - @piece and start < @from + @wanted order by start",
            new { run.Id, attempt, from, wanted, piece = LogStore.PieceSize }, cancellationToken: stop));
        var (bytes, have) = (new byte[wanted], 0);
        foreach (var (start, part) in parts)
        {
            var skip = (int)Math.Max(0, from - start);
            if (skip >= part.Length || start + skip != from + have)
                continue;
            var length = Math.Min(part.Length - skip, wanted - have);
            part.AsSpan(skip, length).CopyTo(bytes.AsSpan(have));
            have += length;
        }
        return have == wanted ? bytes : bytes[..have];
    }

    /// <summary>Waits until nobody else, on whichever node, makes this log whole; until it is disposed of, nobody else does.</summary>
    public async Task<IAsyncDisposable> Alone(RunKey run, int attempt, CancellationToken stop)
    {
        var connection = await database.OpenConnectionAsync(stop);
        try
        {
            await connection.BeginTransactionAsync(stop); // the lock ends with it, and it with the connection
            await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_xact_lock(hashtextextended('log ' || @Id || ' ' || @attempt, 0))", new { run.Id, attempt }, cancellationToken: stop));
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The store has it whole. False when it has grown since it was read, or there is a row where there was none.</summary>
    /// <param name="run">Which run.</param>
    /// <param name="attempt">Which attempt.</param>
    /// <param name="was">What was read; null for nothing.</param>
    /// <param name="index">The text of its index.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<bool> Close(RunKey run, int attempt, BufferedLog? was, string index, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        var closed = await connection.ExecuteScalarAsync<int>(new CommandDefinition("""
            with closed as (
                insert into work.log_buffers as b (run, attempt, package, suite, arch, private, index) values (@Id, @attempt, @Package, @Suite, @Arch, @Private, @index)
                on conflict (run, attempt) do update set index = @index, at = now() where b.stored = @Stored and b.dropped = @Dropped and b.index is null
                returning 1),
            gone as (delete from work.log_parts where run = @Id and attempt = @attempt and exists (select from closed))
            select count(*) from closed
            """, new { run.Id, attempt, run.Package, run.Suite, run.Arch, run.Private, index, Stored = was?.Stored ?? 0, Dropped = was?.Dropped ?? 0 }, cancellationToken: stop));
        return closed == 1;
    }

    /// <summary>Logs that nobody may add to any more, since no worker holds their attempt, and that still are here; and forgets where those ended that did so long ago.</summary>
    public Task<IReadOnlyList<(RunKey Run, int Attempt)>> Left(CancellationToken stop) =>
        Keys("""
            delete from work.log_buffers where index is not null and at < now() - interval '30 days';
            select run, attempt, package, suite, arch, private from work.log_buffers b where index is null and at < now() - interval '1 hour'
                and not exists (select from work.leases l where l.run = b.run and l.attempt = b.attempt) order by at limit 1000
            """, stop);

    /// <summary>All logs that are not whole, whoever sends them.</summary>
    public Task<IReadOnlyList<(RunKey Run, int Attempt)>> Growing(CancellationToken stop) =>
        Keys("select run, attempt, package, suite, arch, private from work.log_buffers where index is null order by run, attempt", stop);

    /// <summary>Drops all of a run.</summary>
    public async Task Forget(RunKey run, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await connection.ExecuteAsync(new CommandDefinition("delete from work.log_parts where run = @Id; delete from work.log_buffers where run = @Id", new { run.Id }, cancellationToken: stop));
    }

    private async Task<IReadOnlyList<(RunKey Run, int Attempt)>> Keys(string sql, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        return [.. (await connection.QueryAsync<(long Id, int Attempt, string Package, string Suite, string Arch, bool Private)>(new CommandDefinition(sql, cancellationToken: stop)))
            .Select(r => (new RunKey(r.Id, r.Package, r.Suite, r.Arch, r.Private), r.Attempt))];
    }
}
