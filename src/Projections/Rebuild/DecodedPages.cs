using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>The log in order, page by page, each page in a snapshot of its own and decoded while the one before it is folded.</summary>
internal sealed class DecodedPages(IEventLog log, int pageSize)
{
    private const int Ahead = 2;

    // Nobody looks at who commanded these; decisions of operators name their actor, and come whole.
    private static readonly string[] Bare = [.. StoredNames.Everything
        .Where(e => typeof(RunEvent).IsAssignableFrom(e.Type) || typeof(BatchEvent).IsAssignableFrom(e.Type)).Select(e => e.Name)];

    /// <summary>The pages behind a position, until the log's end or a position; the last one may be shorter.</summary>
    /// <param name="position">Exclusive.</param>
    /// <param name="upTo">Inclusive.</param>
    /// <param name="whole">Whether all events are wanted with their headers.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> Read(long position, long upTo, bool whole, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var pages = Channel.CreateBounded<Task<IReadOnlyList<RecordedEvent>>>(Ahead);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = Task.Run(() => Fetch(pages.Writer, position, upTo, whole ? [] : Bare, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var page in pages.Reader.ReadAllAsync(cancellation))
                yield return await page;
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await reading;
    }

    private async Task Fetch(ChannelWriter<Task<IReadOnlyList<RecordedEvent>>> pages, long position, long upTo, string[] bare, CancellationToken cancellation)
    {
        try
        {
            while (position < upTo && await log.ReadAll(position, pageSize, bare, cancellation) is { Count: > 0 } page)
            {
                position = page[^1].Position;
                await pages.WriteAsync(Task.Run(() => Decode(page, upTo), CancellationToken.None), cancellation);
            }
        }
        finally
        {
            pages.Complete();
        }
    }

    // A damaged event is told by whoever reads it.
    private static IReadOnlyList<RecordedEvent> Decode(IReadOnlyList<RecordedEvent> page, long upTo)
    {
        foreach (var e in page)
        {
            try
            {
                e.Decode();
            }
            catch (JsonException)
            {
            }
        }
        return page[^1].Position <= upTo ? page : [.. page.TakeWhile(e => e.Position <= upTo)];
    }
}
