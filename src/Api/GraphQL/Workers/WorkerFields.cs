using Debci.Api.Claims;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Workers;

/// <summary><c>workers</c>.</summary>
public sealed class WorkerFields(WorkersQueries workers, Leases leases, Positions positions)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ListGraphType<NonNullGraphType<WorkerType>>>>("workers").Description("The workers that have announced themselves, by name.").AtLeast()
        .ResolveAsync(async c =>
        {
            await positions.WaitForArgument(c);
            var calls = await leases.LastCalls(c.CancellationToken);
            var rows = await workers.List(c.Viewer(), c.CancellationToken);
            return rows.Select(w => new WorkerView(w, calls.TryGetValue(w.Name, out var at) ? at : null)).ToList();
        });
}

/// <summary>A worker, and when it called last.</summary>
public sealed record WorkerView(WorkerRow Row, DateTime? LastCall);

/// <summary>A worker.</summary>
public sealed class WorkerType : ObjectGraphType<WorkerView>
{
    /// <summary>What it says of itself, and what it does.</summary>
    public WorkerType()
    {
        Name = "Worker";
        Description = "A program that runs tests.";
        Field("name", w => w.Row.Name).Description("Its name.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("arches").Description("Architectures that it tests.").Resolve(c => c.Source.Row.Arches);
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("backends").Description("Backends that it offers.").Resolve(c => c.Source.Row.Backends);
        Field("software", w => w.Row.Software).Description("Name and version of its program.");
        Field<IdGraphType>("run").Description("The run that it has, if you may see it.").Resolve(c => c.Source.Row.Run);
        Field("since", w => w.Row.Since).Description("Since when it does what it does; UTC.");
        Field<DateTimeGraphType>("lastCall").Description("When it last asked for a run or said that it is alive; UTC.").Resolve(c => c.Source.LastCall);
    }
}
