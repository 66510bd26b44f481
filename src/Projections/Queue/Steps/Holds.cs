namespace Debci.Projections;

internal abstract partial class QueueStep
{
    /// <summary>A package that is held in quarantine from here on, or no more.</summary>
    public sealed class Holds(string package, string suite, string arch, string? version, bool Held) : QueueStep
    {
        public override void Write(Writes writes)
        {
            Array[] what = [new[] { package }, new[] { suite }, new[] { arch }, new[] { version }];
            writes.Add(Held
                ? $"insert into {writes.Schema}.queue_quarantines (package, suite, arch, version) select * from unnest($1, $2, $3, $4) on conflict do nothing"
                : $"delete from {writes.Schema}.queue_quarantines q using unnest($1, $2, $3, $4) as h (package, suite, arch, version) where (q.package, q.suite, q.arch) = (h.package, h.suite, h.arch) and q.version is not distinct from h.version", what);
            // Who was held while the clock went on goes on with it, not before everybody who came meanwhile.
            writes.Add($"""
                update {writes.Schema}.queue q set held = h.held, place = case when q.held and not h.held then greatest(q.place, h.now) else q.place end
                from (select q.run, c.now, exists (
                        select from {writes.Schema}.queue_quarantines h where (h.package, h.suite, h.arch) = (q.package, q.suite, q.arch)
                            and (h.version is null or q.version is null or h.version = q.version)) as held
                    from {writes.Schema}.queue q join {writes.Schema}.queue_clocks c on c.clock = q.clock join unnest($1, $2, $3) as w (package, suite, arch)
                        on (q.package, q.suite, q.arch) = (w.package, w.suite, w.arch)) h
                where h.run = q.run
                """, what[..3]);
        }
    }
}
