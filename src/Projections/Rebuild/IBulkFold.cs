using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>
/// How a rebuild folds one read model: large parts of the log in memory, rows that will not change any more written as they come, and
/// whatever may still change kept, and saved now and then. The rows are the very same that <see cref="IReadModel.Apply"/> makes.
/// </summary>
internal interface IBulkFold
{
    /// <summary>Whether what was taken so far can be kept only together with <see cref="Save"/>: it has changed rows that were written before.</summary>
    bool MustSave { get; }

    /// <summary>Whether <see cref="Save"/> costs nothing, so that it goes with all that is taken.</summary>
    bool SavesForNothing => false;

    /// <summary>Folds one event.</summary>
    void Add(RecordedEvent e);

    /// <summary>What came together since the last time, to be written while the next events are folded.</summary>
    Action<NpgsqlConnection> Take();

    /// <summary>Writes all that is kept in memory, in place of what was saved before.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="last">Whether nothing more is folded: then it goes to where readers look for it.</param>
    void Save(NpgsqlConnection connection, bool last);

    /// <summary>Goes on where <see cref="Save"/> was: reads what was saved, and takes back what was written behind it.</summary>
    void Load(NpgsqlConnection connection, long position);
}

/// <summary>A read model with a form of its own for rebuilds. One without is folded as ever, in large pages.</summary>
internal interface IFoldedInBulk : IReadModel
{
    /// <summary>Begins to fold into a schema.</summary>
    IBulkFold Bulk(string schema);

    /// <summary>Whether an index, or a constraint that is one, can be made after all rows are there.</summary>
    bool IsMadeLast(string index);
}
