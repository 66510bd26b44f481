namespace Debci.Api.Files;

/// <summary>Some bytes of a stream that can be sought in, from where it stands.</summary>
/// <param name="whole">The stream; disposed of with this one.</param>
/// <param name="length">How many bytes.</param>
internal sealed class PartStream(Stream whole, long length) : ReadOnlyStream(length)
{
    private readonly long begin = whole.Position;

    public override long Position
    {
        get => whole.Position - begin;
        set => whole.Position = begin + value;
    }

    public override int Read(byte[] buffer, int offset, int count) => whole.Read(buffer, offset, Left(count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => whole.ReadAsync(buffer[..Left(buffer.Length)], cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            whole.Dispose();
        base.Dispose(disposing);
    }
}
