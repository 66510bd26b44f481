namespace Debci.Api.Files;

/// <summary>A file that is somewhere else, as a stream that can be sought in: bytes come from one answer as long as they are read in order.</summary>
/// <param name="length">How many there are.</param>
/// <param name="patience">How long a read waits.</param>
/// <param name="from">Gives the bytes from a place on.</param>
internal sealed class RangeStream(long length, StorePatience patience, Func<long, CancellationToken, Task<Stream>> from) : ReadOnlyStream(length)
{
    private Stream? open;
    private long openAt;

    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Left(buffer.Length) == 0)
            return 0;
        if (open is null || openAt != Position)
        {
            Drop(); // also when the next line throws
            open = await from(Position, cancellationToken);
            openAt = Position;
        }
        var read = await patience.Read(open, buffer, cancellationToken);
        Position = openAt += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bytes from elsewhere are waited for: use ReadAsync.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Drop();
        base.Dispose(disposing);
    }

    private void Drop()
    {
        open?.Dispose();
        open = null;
    }
}
