using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

// The queue of a rebuild to its tables and back.
internal sealed partial class QueueBulk
{
    private const string Asked =
        "run, package, suite, arch, private, requester, triggers, pins, extra_sources, backend, priority, retry_of, requested_at, lane, clock, flow, version";

    // A queue has no needs of its own: its lane holds them.
    private const string Rest = "state, attempts, worker, started_at, not_before, avoid, place, held";

    public void Save(NpgsqlConnection connection, bool last)
    {
        connection.Run($"truncate {string.Join(", ", new[] { "", "_open", "_lanes", "_clocks", "_flows", "_pauses", "_quarantines", "_front" }.Select(t => $"{schema}.queue{t}"))}");
        RowCopy.Write(connection, $"{schema}.queue ({Asked}, {Rest})", entries.Values.OrderBy(e => e.Place).ThenBy(e => e.Asked.Run.Id), (row, e) => WriteAsked(row, e)
            .Text(e.State.Name).Int(e.State.Attempts).Text(e.State.Worker).Time(e.State.StartedAt).Time(e.NotBefore).Text(e.State.Avoid).Long(e.Place).Flag(e.Held));
        RowCopy.Write(connection, $"{schema}.queue_open ({Asked}, stream)", open.Values.SelectMany(b => b), (row, e) => WriteAsked(row, e).Text(e.Stream));
        RowCopy.Write(connection, $"{schema}.queue_lanes (lane, private, arch, suite, needs, pending, running)", lanes, (row, l) => row
            .Text(l.Key.Lane).Flag(l.Key.Private).Texts(l.Value.Arch, l.Value.Suite, l.Value.Needs).Long(l.Value.Pending).Long(l.Value.Running));
        RowCopy.Write(connection, $"{schema}.queue_clocks (clock, now, last_start)", clocks, (row, c) => row.Text(c.Key).Long(c.Value.Now).Time(c.Value.LastStart));
        RowCopy.Write(connection, $"{schema}.queue_flows (clock, requester, flow, finish, waiting, raised)", flows.All, (row, f) => row
            .Texts(f.Key.Clock, f.Key.Requester, f.Key.Flow).Long(f.Value.Finish).Long(f.Value.Waiting).Long(f.Value.Raised));
        RowCopy.Write(connection, $"{schema}.queue_pauses (kind, name, clock, began)", pauses, (row, p) => row.Texts(p.Key.Kind, p.Key.Name, p.Key.Clock).Long(p.Value));
        RowCopy.Write(connection, $"{schema}.queue_quarantines (package, suite, arch, version)", quarantines, (row, q) => row.Texts(q.Package, q.Suite, q.Arch, q.Version));
        RowCopy.Write(connection, $"{schema}.queue_front (position)", front == 0 ? Array.Empty<long>() : [front], (row, position) => row.Long(position));
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        front = connection.Ask($"select position from {schema}.queue_front", r => r.GetInt64(0)).SingleOrDefault();
        foreach (var (clock, state) in connection.Ask($"select clock, now, last_start from {schema}.queue_clocks", r => (r.GetString(0), new QueueClock(r.GetInt64(1), r.TimeAt(2)))))
            clocks[clock] = state;
        foreach (var (key, flow) in connection.Ask($"select clock, requester, flow, finish, waiting, raised from {schema}.queue_flows",
            r => (new FlowKey(r.GetString(0), r.GetString(1), r.GetString(2)), new QueueFlow(r.GetInt64(3), r.GetInt64(4), r.GetInt64(5)))))
            flows.Put(key, flow);
        foreach (var (key, lane) in connection.Ask($"select lane, private, arch, suite, needs, pending, running from {schema}.queue_lanes",
            r => ((r.GetString(0), r.GetBoolean(1)), new LaneCount(r.GetString(2), r.GetString(3), r.GetString(4)) { Pending = r.GetInt64(5), Running = r.GetInt64(6) })))
            lanes[key] = lane;
        foreach (var (key, began) in connection.Ask($"select kind, name, clock, began from {schema}.queue_pauses", r => ((r.GetString(0), r.GetString(1), r.GetString(2)), r.GetInt64(3))))
            pauses[key] = began;
        quarantines.UnionWith(connection.Ask($"select package, suite, arch, version from {schema}.queue_quarantines", r => (r.GetString(0), r.GetString(1), r.GetString(2), r.TextAt(3))));
        foreach (var entry in connection.Ask($"select {Asked}, {Rest} from {schema}.queue", Read))
            Enter(entry);
        foreach (var batch in connection.Ask($"select {Asked}, stream from {schema}.queue_open", r => ReadAsked(r, r.GetString(17))).GroupBy(e => e.Stream))
            open[batch.Key] = [.. batch];
    }

    private static RowCopy WriteAsked(RowCopy row, QueueEntry e) => row
        .Long(e.Asked.Run.Id).Texts(e.Asked.Run.Package, e.Asked.Run.Suite, e.Asked.Run.Arch).Flag(e.Asked.Run.Private)
        .Texts(e.Asked.Requester, Columns.Words(e.Asked.Triggers)).Json(Columns.Json(e.Asked.Pins)).Texts(Columns.Words(e.Asked.ExtraSources), e.Asked.Backend)
        .Int(e.Priority).Long(e.Asked.RetryOf).Time(e.RequestedAt).Texts(e.Lane, e.Clock, e.Flow, e.Version);

    private QueueEntry Read(NpgsqlDataReader r)
    {
        var entry = ReadAsked(r, stream: "");
        entry.State = new QueueStep.State(r.GetString(17), r.GetInt32(18), r.TextAt(19), r.TimeAt(20), null, r.TextAt(22));
        (entry.NotBefore, entry.Place, entry.Held) = (r.TimeAt(21), r.GetInt64(23), r.GetBoolean(24));
        return entry;
    }

    private QueueEntry ReadAsked(NpgsqlDataReader r, string stream)
    {
        var key = new RunKey(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetBoolean(4));
        var needs = Lane.Read(r.GetString(13)).Needs; // with the backend, which makes the same lane again
        return Entry(stream, r.GetDateTime(12), new BatchEvent.Requested(key, r.GetString(5), Columns.Words(r.GetString(6)),
            Columns.FromJson<Pin>(r.TextAt(7)), Columns.Words(r.GetString(8)), r.GetInt32(10), r.TextAt(9), r.LongAt(11), needs));
    }
}
