namespace Debci.EventLog.EventStore;

/// <summary>
/// An event that was read, and what is known of all before it: where reading can go on. The server takes no other numbers for positions than
/// those of events, and dates events by the clock of the node that stored them, which may be set back, and is another after an election.
/// </summary>
/// <param name="Position">Its position; 0 for the beginning.</param>
/// <param name="Commit">The server's own number of it, which is another one in a log that was copied.</param>
/// <param name="Latest">The latest time of it and all before it: the time that it is recorded at.</param>
/// <param name="Mark">The last mark at or before it.</param>
/// <param name="Behind">How many events it is behind that.</param>
/// <param name="Uneven">Whether one of these is dated later than by its node's clock.</param>
internal sealed record Place(long Position, long Commit, DateTimeOffset Latest, long Mark, int Behind, bool Uneven)
{
    /// <summary>How many events are between marks: what is read in vain at most to find an event, or a time.</summary>
    public const int Stride = 1000;

    public static readonly Place Beginning = new(0, 0, DateTimeOffset.MinValue, 0, 0, false);

    /// <summary>The place of the next event.</summary>
    public Place Next(long position, long commit, DateTimeOffset created) => Behind == Stride
        ? new Place(position, commit, Later(created), Position, 1, created < Latest)
        : new Place(position, commit, Later(created), Mark, Behind + 1, Uneven || created < Latest);

    /// <summary>Whether a mark is kept of it. All who read set the same marks, since each is counted from the one before.</summary>
    public bool IsMark => Behind == Stride;

    private DateTimeOffset Later(DateTimeOffset created) => created > Latest ? created : Latest;
}
