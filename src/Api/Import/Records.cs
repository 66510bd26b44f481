namespace Debci.Api.Import;

/// <summary>Where a record is, found in a first look at everything: a million of them have to fit into memory.</summary>
/// <param name="Run">Its run id; 0 where there is none that can be read.</param>
/// <param name="UpdatedTicks">When its outcome was accepted, which is the order in which records are brought; 0 where that cannot be read.</param>
/// <param name="Offset">Where it begins, or which one it is.</param>
/// <param name="Length">Its bytes, where that means something.</param>
internal readonly record struct Place(long Run, long UpdatedTicks, long Offset, long Length);

/// <summary>Something that holds records: a file of debci's JSON, or a tree of result folders.</summary>
internal interface IRecords
{
    /// <summary>What it is called in the report.</summary>
    string Name { get; }

    /// <summary>Where its records are.</summary>
    IReadOnlyList<Place> Places { get; }

    /// <summary>What the report calls one of them.</summary>
    string NameOf(Place place);

    /// <summary>Reads one.</summary>
    /// <exception cref="NotUnderstoodException">It cannot be read, or says something that no debci says.</exception>
    DebciRecord Load(Place place);
}

/// <summary>A record that is left out; the message says why.</summary>
internal sealed class NotUnderstoodException(string why) : Exception(why);
