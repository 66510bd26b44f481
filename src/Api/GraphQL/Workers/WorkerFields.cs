using Debci.Api.Claims;
using Debci.Api.Dispatch;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Workers;

/// <summary><c>workers</c>.</summary>
public sealed class WorkerFields(WorkersQueries workers, Leases leases, Texts texts, Positions positions)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ListGraphType<NonNullGraphType<WorkerType>>>>("workers").Description("The workers that have announced themselves, by name.").AtLeast()
        .ResolveAsync(async c =>
        {
            await positions.WaitForArgument(c);
            var (_, calls) = await leases.LastCalls(c.CancellationToken);
            var rows = await workers.List(c.Viewer(), c.CancellationToken);
            var reasons = await texts.Find(rows.Select(r => r.DrainedWhy), c.CancellationToken);
            return rows.Select(w => new WorkerView(w, calls.TryGetValue(w.Name, out var at) ? at : null, w.DrainedWhy is { } why ? reasons.GetValueOrDefault(why) : null)).ToList();
        });
}

/// <summary>A worker, when it called last, and why it is drained.</summary>
public sealed record WorkerView(WorkerRow Row, DateTime? LastCall, string? DrainedWhy);

/// <summary>A worker.</summary>
public sealed class WorkerType : ObjectGraphType<WorkerView>
{
    /// <summary>What it says of itself, how it stands, and what it does.</summary>
    public WorkerType()
    {
        Name = "Worker";
        Description = "A program that runs tests.";
        Field("name", w => w.Row.Name).Description("Its name.");
        Words("arches", "Architectures that it tests.", w => w.Row.Offer.Arches);
        Words("backends", "Backends that it offers, the preferred one first.", w => w.Row.Offer.Backends);
        Words("tags", "What else it offers, in words of its operator.", w => w.Row.Offer.Tags);
        Field("capacity", w => w.Row.Capacity).Description("How many runs it takes at once.");
        Field("software", w => w.Row.Software).Description("Name and version of its program.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<IdGraphType>>>>("runs").Description("The runs that it has, as far as you may see them.").Resolve(c => c.Source.Row.Runs);
        Field<DateTimeGraphType>("lastCall").Description("When it last asked for a run or said that it is alive; UTC.").Resolve(c => c.Source.LastCall);
        Field<DateTimeGraphType>("drainedAt").Description("Since when it takes nothing more, by an operator's command; UTC.").Resolve(c => c.Source.Row.DrainedAt?.UtcDateTime);
        Field("drainedWhy", w => w.DrainedWhy, nullable: true).Description("What the operator said.");
        Field<DateTimeGraphType>("setAsideAt").Description("Since when it gets single runs as a probe only, since its attempts fail more often than its peers'; UTC.").Resolve(c => c.Source.Row.SetAsideAt?.UtcDateTime);
        Field("setAsideWhy", w => w.Row.SetAsideWhy, nullable: true).Description("The numbers behind that.");
    }

    private void Words(string name, string description, Func<WorkerView, IReadOnlyList<string>> words) =>
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>(name).Description(description).Resolve(c => words(c.Source));
}
