namespace Debci.Api.Files;

/// <summary>Some bytes of a stream that can be sought in, from where it stands.</summary>
/// <param name="whole">The stream; disposed of with this one.</param>
/// <param name="length">How many bytes.</param>
internal sealed class PartStream(Stream whole, long length) : Stream
{
    private readonly long begin = whole.Position;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => length;

    public override long Position
    {
        get => whole.Position - begin;
        set => whole.Position = begin + value;
    }

    public override int Read(byte[] buffer, int offset, int count) => whole.Read(buffer, offset, (int)Math.Min(count, length - Position));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        whole.ReadAsync(buffer[..(int)Math.Min(buffer.Length, length - Position)], cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => length + offset,
    };

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush() { }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            whole.Dispose();
        base.Dispose(disposing);
    }
}
