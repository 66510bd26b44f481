namespace Debci.Projections;

/// <summary>The flows of the queue in a rebuild, with what is counted of them: how many of a requester wait by a clock.</summary>
internal sealed class QueueFlows(Dictionary<string, QueueClock> clocks)
{
    private readonly Dictionary<FlowKey, QueueFlow> flows = [];
    private readonly Dictionary<(string Clock, string Requester), int> busy = [];

    public IEnumerable<KeyValuePair<FlowKey, QueueFlow>> All => flows;

    public QueueFlow? Find(FlowKey key) => flows.GetValueOrDefault(key);

    public void Put(FlowKey key, QueueFlow flow)
    {
        flows[key] = flow;
        if (flow.Waiting > 0)
            Count(key, 1);
        Note(key, flow);
    }

    public void Wait(FlowKey key, QueueFlow flow, long change)
    {
        var before = flow.Waiting > 0;
        flow.Waiting = Math.Max(0, flow.Waiting + change);
        if (before != flow.Waiting > 0)
            Count(key, before ? -1 : 1);
        Note(key, flow);
    }

    public void Finish(FlowKey key, QueueFlow flow, long finish)
    {
        flow.Finish = finish;
        Note(key, flow);
    }

    /// <summary>How many flows of the requester wait by the clock.</summary>
    public int Busy(FlowKey key) => busy.GetValueOrDefault((key.Clock, key.Requester));

    /// <summary>A flow that nobody waits in and that the clock has passed says nothing any more.</summary>
    public void Forget()
    {
        foreach (var clock in clocks.Values)
        {
            while (clock.Idle.TryPeek(out var key, out var finish) && finish <= clock.Now)
            {
                clock.Idle.Dequeue();
                if (flows.TryGetValue(key, out var flow) && flow.Waiting == 0 && flow.Finish <= clock.Now)
                    flows.Remove(key);
            }
        }
    }

    private void Count(FlowKey key, int change) =>
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(busy, (key.Clock, key.Requester), out _) += change;

    private void Note(FlowKey key, QueueFlow flow)
    {
        if (flow.Waiting == 0 && clocks.TryGetValue(key.Clock, out var clock))
            clock.Idle.Enqueue(key, flow.Finish);
    }
}
