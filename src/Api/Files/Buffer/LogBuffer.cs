using System.Collections.Concurrent;
using System.Text;
using Debci.Domain;

namespace Debci.Api.Files.Buffer;

/// <summary>
/// Logs for stores that cannot append: they grow in the database, where every node reads them at once, and become <c>log.gz</c> and
/// <c>log.index</c> in the store when they are whole. A log is taken while the store is away; only to make it whole waits for that.
/// </summary>
internal sealed class LogBuffer(BufferedLogs rows, IFileStore store, AsideFolder aside) : ILogKeeper
{
    private const int MostKnown = 1000;
    private readonly ConcurrentDictionary<(long Run, int Attempt), LogIndex> known = new(); // of logs that are whole: these do not change

    /// <inheritdoc/>
    public TimeSpan? LookAgain { get; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<LogSize> Size(RunKey run, int attempt, CancellationToken stop) =>
        await rows.Find(run, attempt, stop) is { } row ? row.Size : await IndexInStore(run, attempt, stop) is { } index ? SizeOf(index) : default;

    /// <inheritdoc/>
    public Task<Appended> Append(RunKey run, int attempt, long most, long offset, ReadOnlyMemory<byte> piece, CancellationToken stop) =>
        rows.Add(run, attempt, most, offset, piece, stop);

    /// <inheritdoc/>
    public async Task<LogSize> Finish(RunKey run, int attempt, CancellationToken stop)
    {
        if (await rows.Find(run, attempt, stop) is { Index: not null } whole)
            return whole.Size;
        // Two that made it whole at once could put what one has read of it over what the other has, when the parts are gone.
        await using var alone = await rows.Alone(run, attempt, stop);
        while (true)
        {
            var row = await rows.Find(run, attempt, stop);
            if (row?.Index is not null)
                return row.Size;
            // It is there whole after a crash between the store and the row, or since the files were copied to this store.
            var ended = await IndexInStore(run, attempt, stop);
            if (row is null && ended is not null)
                return SizeOf(ended);
            var index = ended?.End >= row?.Size.Sent ? LogIndex.TextOf(ended!.Marks, ended.End.Value) : await Put(run, attempt, row ?? new BufferedLog(0, 0, null), stop);
            if (await rows.Close(run, attempt, row, index, stop))
                return SizeOf(known[(run.Id, attempt)] = LogIndex.Parse(index)); // in the stead of one that was seen before the log grew again
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]> Read(RunKey run, int attempt, long from, int most, CancellationToken stop)
    {
        while (true)
        {
            var row = await rows.Find(run, attempt, stop);
            if (row?.Index is { } text)
                return await ReadStore(run, attempt, LogIndex.Parse(text), from, most, stop);
            if (row is null)
                return await IndexInStore(run, attempt, stop) is { } index ? await ReadStore(run, attempt, index, from, most, stop) : [];
            var wanted = (int)Math.Clamp(row.Stored - from, 0, most);
            var bytes = await rows.Read(run, attempt, from, wanted, stop);
            if (bytes.Length == wanted)
                return bytes;
        }
    }

    /// <inheritdoc/>
    public Task Forget(RunKey run, CancellationToken stop)
    {
        foreach (var (id, attempt) in known.Keys.Where(k => k.Run == run.Id))
            known.TryRemove((id, attempt), out _);
        return rows.Forget(run, stop);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(RunKey Run, int Attempt)>> GrowingBeside(CancellationToken stop) => rows.Growing(stop);

    /// <inheritdoc/>
    public async Task Settle(CancellationToken stop)
    {
        var failures = new List<Exception>();
        foreach (var (run, attempt) in await rows.Left(stop))
        {
            try
            {
                await Finish(run, attempt, stop);
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or FileStoreAwayException))
            {
                failures.Add(failure); // of this log: the others need not wait for it
            }
        }
        if (failures.Count > 0)
            throw new IOException($"{failures.Count} cannot be made whole; the first: {failures[0].Message}", failures[0]);
    }

    /// <summary>How far a log came that is whole.</summary>
    public static LogSize SizeOf(LogIndex index) => new(index.End!.Value, index.Last.Plain, true);

    // The index last: a log is whole when it is there.
    private async Task<string> Put(RunKey run, int attempt, BufferedLog row, CancellationToken stop)
    {
        using var packed = aside.New();
        var index = await Pack(run, attempt, row, packed.Path, stop);
        await store.Put(StorePath.Of(run, attempt, RunFile.Log), packed, stop);
        using var text = aside.New();
        await File.WriteAllTextAsync(text.Path, index, Encoding.ASCII, stop);
        await store.Put(IndexPath(run, attempt), text, stop);
        return index;
    }

    private async Task<string> Pack(RunKey run, int attempt, BufferedLog row, string path, CancellationToken stop)
    {
        await using var file = File.Create(path);
        var marks = new List<LogMark> { default };
        for (long from = 0; from < row.Stored; from += LogFolder.MemberSize)
        {
            var wanted = (int)Math.Min(LogFolder.MemberSize, row.Stored - from);
            var plain = await rows.Read(run, attempt, from, wanted, stop);
            if (plain.Length < wanted)
                throw new IOException($"The log of attempt {attempt} at run {run.Id} lacks parts behind byte {from + plain.Length}."); // and is not put half
            await Add(file, marks, plain, stop);
        }
        if (row.Dropped > 0)
            await Add(file, marks, Encoding.ASCII.GetBytes(LogFolder.LastLine(new Dropped(row.Stored, row.Dropped))), stop);
        if (marks.Count == 1)
            await Add(file, marks, [], stop); // an empty file is not gzip; an empty member is
        return LogIndex.TextOf(marks, row.Stored + row.Dropped);
    }

    private static async Task Add(FileStream file, List<LogMark> marks, byte[] plain, CancellationToken stop)
    {
        var member = LogMember.Pack(plain);
        await file.WriteAsync(member, stop);
        marks.Add(new LogMark(marks[^1].Plain + plain.Length, marks[^1].Gzip + member.Length));
    }

    private async Task<LogIndex?> IndexInStore(RunKey run, int attempt, CancellationToken stop)
    {
        if (known.TryGetValue((run.Id, attempt), out var index))
            return index;
        await using var file = await store.Open(IndexPath(run, attempt), stop);
        if (file is null)
            return null;
        using var reader = new StreamReader(file, Encoding.ASCII);
        index = Parse(run, attempt, await reader.ReadToEndAsync(stop));
        if (known.Count > MostKnown)
            known.Clear();
        return known[(run.Id, attempt)] = index;
    }

    // Nothing is put over a damaged one: what it is the index of may be whole.
    private LogIndex Parse(RunKey run, int attempt, string text)
    {
        try
        {
            if (LogIndex.Parse(text) is { End: not null } index)
                return index;
        }
        catch (Exception damage) when (damage is FormatException or OverflowException or IndexOutOfRangeException)
        {
            // said below
        }
        throw new IOException($"The index of the log of attempt {attempt} at run {run.Id} in {store.Name} is damaged.");
    }

    private async Task<byte[]> ReadStore(RunKey run, int attempt, LogIndex index, long from, int most, CancellationToken stop)
    {
        var bytes = new byte[(int)Math.Clamp(index.Last.Plain - from, 0, most)];
        if (bytes.Length == 0)
            return bytes;
        await using var file = await store.Open(StorePath.Of(run, attempt, RunFile.Log), stop) ?? throw Gone.Log(run, attempt);
        var have = 0;
        for (var member = index.MemberWith(from); have < bytes.Length; member++)
        {
            var (begin, end) = (index.Marks[member], index.Marks[member + 1]);
            var packed = new byte[end.Gzip - begin.Gzip];
            file.Position = begin.Gzip;
            var here = (int)Math.Min(bytes.Length - have, end.Plain - from - have);
            try
            {
                await file.ReadExactlyAsync(packed, stop);
                LogMember.Unpack(new MemoryStream(packed), (int)(from + have - begin.Plain), bytes.AsSpan(have, here));
            }
            catch (Exception damage) when (damage is EndOfStreamException or InvalidDataException)
            {
                throw Gone.Damaged(run, attempt);
            }
            have += here;
        }
        return bytes;
    }

    private static string IndexPath(RunKey run, int attempt) => $"{StorePath.OfAttempt(run, attempt)}/log.index";
}
