namespace Debci.Projections;

// What holds runs of the queue up, in a rebuild: pauses and quarantines.
internal sealed partial class QueueBulk
{
    private static bool Covers(string kind, string name, QueueEntry entry) =>
        kind == "Suite" ? entry.Asked.Run.Suite == name : entry.Clock.Split(' ').Skip(1).Contains(name, StringComparer.Ordinal);

    private void Pause(string kind, string name)
    {
        foreach (var (clock, began) in clocks.Select(c => (c.Key, c.Value.Now)).Append(("", 0)))
            pauses.TryAdd((kind, name, clock), began);
    }

    private void CatchUp(string kind, string name)
    {
        var pending = entries.Values.Where(e => e.State.Name == "pending" && Covers(kind, name, e)).ToList();
        foreach (var entry in pending)
        {
            var now = clocks[entry.Clock].Now;
            if (pauses.TryGetValue((kind, name, entry.Clock), out var began) && now > began && !IsPausedOtherwise(kind, name, entry))
                entry.Place += now - began;
        }
        foreach (var key in pauses.Keys.Where(p => p.Kind == kind && p.Name == name).ToList())
            pauses.Remove(key);
        foreach (var entry in pending)
        {
            if (flows.Find(entry.FlowKey) is { } flow && flow.Finish < entry.Place)
                flows.Finish(entry.FlowKey, flow, entry.Place);
        }
    }

    private bool IsPausedOtherwise(string kind, string name, QueueEntry entry) => pauses.Keys.Any(p =>
        p.Clock == entry.Clock && !(p.Kind == kind && p.Name == name) && Covers(p.Kind, p.Name, entry));

    private void Hold(string package, string suite, string arch, string? version, bool held)
    {
        _ = held ? quarantines.Add((package, suite, arch, version)) : quarantines.Remove((package, suite, arch, version));
        foreach (var entry in places.GetValueOrDefault((package, suite, arch)) ?? [])
        {
            var now = IsHeld(entry);
            if (entry.Held && !now)
                entry.Place = Math.Max(entry.Place, clocks[entry.Clock].Now);
            entry.Held = now;
        }
    }

    private bool IsHeld(QueueEntry entry) => quarantines.Count > 0 && quarantines.Any(q =>
        (q.Package, q.Suite, q.Arch) == PlaceOf(entry) && (q.Version is null || entry.Version is null || q.Version == entry.Version));
}
