using System.Buffers;
using System.Text;

namespace Debci.Api.Files;

/// <summary>The bytes of a log as text.</summary>
internal static class LogText
{
    /// <summary>Most bytes of a log in one piece of text.</summary>
    public const int PieceBytes = 64 << 10;

    /// <summary>How many of these bytes make the next piece of text, which ends behind a character.</summary>
    /// <param name="bytes">What comes next.</param>
    /// <param name="whole">Whether nothing comes behind them: then a character that is cut stays so.</param>
    /// <returns>0 when there is nothing but the beginning of a character.</returns>
    public static int NextPiece(ReadOnlySpan<byte> bytes, bool whole)
    {
        var length = Math.Min(bytes.Length, PieceBytes);
        return whole && length == bytes.Length ? length : length - CutCharacter(bytes[..length]);
    }

    // A character has 4 bytes at most, so a cut one has 3.
    private static int CutCharacter(ReadOnlySpan<byte> bytes)
    {
        for (var last = 1; last <= Math.Min(3, bytes.Length); last++)
        {
            if (Rune.DecodeFromUtf8(bytes[^last..], out _, out _) == OperationStatus.NeedMoreData)
                return last;
        }
        return 0;
    }
}
