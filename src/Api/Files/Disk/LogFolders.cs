using Debci.Domain;

namespace Debci.Api.Files.Disk;

/// <summary>Logs that grow where they stay: a folder for each attempt (<see cref="LogFolder"/>). One writer at a time writes the log of an attempt, whichever process it is of; any number may read.</summary>
/// <param name="layout">Where they are.</param>
public sealed class LogFolders(FileLayout layout) : ILogKeeper
{
    private readonly LogLocks locks = new(layout);

    /// <summary>Null: nodes that share a file system see growth when they look, and followers look often enough by themselves.</summary>
    public TimeSpan? LookAgain => null;

    /// <inheritdoc/>
    public Task<LogSize> Size(RunKey run, int attempt, CancellationToken stop) => Task.FromResult(Of(run, attempt).Look().Size);

    /// <inheritdoc/>
    public async Task<Appended> Append(RunKey run, int attempt, long most, long offset, ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        using var turn = await locks.Take(run, attempt, stop);
        var folder = Of(run, attempt);
        var before = folder.Mend();
        var fate = PieceFate.Of(before.Size, before.Dropped is not null, most, offset, piece.Length);
        if (fate.Answer is { } answer)
            return new Appended(answer, false);
        var after = folder.Append(before, piece.Span.Slice(fate.Skip, fate.Kept));
        after = fate.Dropped > 0 ? folder.Drop(after, fate.Dropped) : after;
        return new Appended(new LogAppend.Taken(after.Sent), after.Stored > before.Stored);
    }

    /// <inheritdoc/>
    public async Task<LogSize> Finish(RunKey run, int attempt, CancellationToken stop)
    {
        using var turn = await locks.Take(run, attempt, stop);
        var folder = Of(run, attempt);
        var size = folder.Finish(folder.Mend()).Size;
        layout.Sync(layout.OfAttempt(run, attempt));
        return size;
    }

    /// <inheritdoc/>
    public Task<byte[]> Read(RunKey run, int attempt, long from, int most, CancellationToken stop)
    {
        var folder = Of(run, attempt);
        try
        {
            return Task.FromResult(LogReader.Read(folder, from, most));
        }
        catch (FileNotFoundException) when (folder.Look().IsFinished)
        {
            throw Gone.Log(run, attempt); // its index alone is left
        }
        catch (Exception damage) when (damage is EndOfStreamException or InvalidDataException)
        {
            throw Gone.Damaged(run, attempt);
        }
    }

    /// <summary>None: a log grows in the store's own folders.</summary>
    public Task<IReadOnlyList<(RunKey Run, int Attempt)>> GrowingBeside(CancellationToken stop) => Task.FromResult<IReadOnlyList<(RunKey, int)>>([]);

    /// <summary>Nothing: a log stays where it grew.</summary>
    public Task Settle(CancellationToken stop) => Task.CompletedTask;

    /// <summary>Nothing: all of it goes with the run's folder.</summary>
    public Task Forget(RunKey run, CancellationToken stop) => Task.CompletedTask;

    private LogFolder Of(RunKey run, int attempt) => new(layout.OfAttempt(run, attempt));
}
