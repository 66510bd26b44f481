using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Debci.EventLog;

/// <summary>What was written of a canonical text so far. The members of an object are put in order when the last is there.</summary>
internal sealed class CanonicalText : IBufferWriter<byte>
{
    private readonly List<Member> members = [];
    private byte[] bytes = new byte[4096];
    private byte[] ordered = [];

    /// <summary>How many bytes there are.</summary>
    public int Length { get; private set; }

    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    /// <summary>A member: from its name's quote to the comma behind its value.</summary>
    /// <param name="Start">Where it starts.</param>
    /// <param name="NameEnd">Where its name has ended.</param>
    /// <param name="End">Where it has ended.</param>
    /// <param name="Name">Its name, if bytes are no order for it: they are in the order of UTF-16 units as long as they are ASCII.</param>
    private readonly record struct Member(int Start, int NameEnd, int End, string? Name);

    public void Clear()
    {
        Length = 0;
        members.Clear(); // of a text that was damaged
    }

    /// <summary>How many members there are, of all objects that are open.</summary>
    public int Members => members.Count;

    /// <summary>A member that ends here, with a comma.</summary>
    public void Add(int start, int nameEnd, string? name) => members.Add(new Member(start, nameEnd, Length, name));

    /// <summary>Puts an object's members in their order.</summary>
    /// <param name="from">How many members there were when it began.</param>
    public void EndMembers(int from)
    {
        if (members.Count == from)
            return;
        var of = CollectionsMarshal.AsSpan(members)[from..];
        var start = of[0].Start;
        if (Sort(of))
            Rewrite(of, start);
        Length--; // the last comma
        members.RemoveRange(from, members.Count - from);
    }

    public void Advance(int count) => Length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (bytes.Length - Length < Math.Max(sizeHint, 1))
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, Length + sizeHint));
        return bytes.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return bytes.AsMemory(Length);
    }

    // Objects have few members, and mostly come in order: by insertion. Whether any has moved.
    private bool Sort(Span<Member> of)
    {
        var moved = false;
        for (var i = 1; i < of.Length; i++)
        {
            var (member, at) = (of[i], i);
            for (; at > 0 && Compare(of[at - 1], member) > 0; at--)
                of[at] = of[at - 1];
            moved |= at < i;
            of[at] = member;
        }
        return moved;
    }

    private int Compare(Member a, Member b) => a.Name is null && b.Name is null
        ? bytes.AsSpan(a.Start + 1, a.NameEnd - a.Start - 2).SequenceCompareTo(bytes.AsSpan(b.Start + 1, b.NameEnd - b.Start - 2))
        : string.CompareOrdinal(NameOf(a), NameOf(b));

    private string NameOf(Member member) =>
        member.Name ?? Encoding.ASCII.GetString(bytes, member.Start + 1, member.NameEnd - member.Start - 2);

    private void Rewrite(ReadOnlySpan<Member> of, int start)
    {
        if (ordered.Length < Length - start)
            ordered = new byte[bytes.Length];
        var end = 0;
        foreach (var member in of)
        {
            bytes.AsSpan(member.Start..member.End).CopyTo(ordered.AsSpan(end));
            end += member.End - member.Start;
        }
        ordered.AsSpan(0, end).CopyTo(bytes.AsSpan(start));
    }
}
