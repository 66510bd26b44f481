namespace Debci.Api.Files;

/// <summary>A file that is somewhere else, as a stream that can be sought in: bytes come from one answer as long as they are read in order.</summary>
/// <param name="length">How many there are.</param>
/// <param name="from">Gives the bytes from a place on.</param>
internal sealed class RangeStream(long length, Func<long, CancellationToken, Task<Stream>> from) : Stream
{
    private Stream? open;
    private long openAt;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => length;
    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= length || buffer.IsEmpty)
            return 0;
        if (open is null || openAt != Position)
        {
            if (open is not null)
                await open.DisposeAsync();
            open = null; // also when the next line throws
            open = await from(Position, cancellationToken);
            openAt = Position;
        }
        var read = await open.ReadAsync(buffer, cancellationToken);
        if (read == 0)
            throw new EndOfStreamException($"The store gave {openAt} of {length} bytes.");
        Position = openAt += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => length + offset,
    };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bytes from elsewhere are waited for: use ReadAsync.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush() { }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            open?.Dispose();
        base.Dispose(disposing);
    }
}
