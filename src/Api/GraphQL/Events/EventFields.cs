using Debci.Api.Events;
using Debci.Api.GraphQL.Runs;
using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Events;

/// <summary><c>events</c>: the log, as an auditor reads it.</summary>
public sealed class EventFields(EventsQueries events, KnownRuns runs, AccessKeys keys, Positions positions)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ConnectionType<EventType, LogEvent>>>("events")
        .Description("The stored events, the oldest first; of a run, its request and what followed. Events of a private run show to those who may see the run. "
            + "With `from` or `until` one begins or ends to look there, and decisions are found at once. "
            + $"Without a run, one question looks at {EventsQueries.MostScanned} events at most: a page may have fewer nodes than asked for, or none, "
            + "while `hasNextPage` says that the log goes on; `endCursor` is how far was looked, and is there also for an empty page.")
        .Argument<EventFilterType>("filter", "Which ones; all that you may see, if it is left out.").Paged().AtLeast()
        .WithComplexityImpact(EventsQueries.MostScanned) // what is looked at costs, however little is shown
        .ResolveAsync(async c => await List(c));

    private async Task<Page<LogEvent>> List(IResolveFieldContext c)
    {
        await positions.WaitForArgument(c);
        var (first, filter) = (c.First(), await Filter(c));
        var after = c.After() is { } text ? await positions.ReadPassed(text, "after", c.CancellationToken) : 0;
        if (filter.Run is { } run)
            await runs.Get(run, c.Caller(), c.CancellationToken); // or it is refused
        var page = filter.Run is { } of
            ? await events.OfRun(of, filter, after, first, c.Viewer(), c.CancellationToken)
            : await events.List(filter, after, first, c.Viewer(), c.CancellationToken);
        return new Page<LogEvent>(page.Events, page.GoesOn, e => positions.Show(e.Stored.Position)) { End = positions.Show(page.End) };
    }

    private async Task<EventFilter> Filter(IResolveFieldContext c)
    {
        var said = c.GetArgument<EventFilterInput?>("filter") ?? new EventFilterInput();
        return new EventFilter(said.Run is null ? null : RunQueries.ReadId(said.Run, "filter.run"), said.Package, said.Suite, said.Arch,
            EventQuestion.Type(said.Type, "filter.type"), said.Actor, said.Worker, await EventQuestion.Requester(said.Requester, c.Caller(), keys, c.CancellationToken),
            said.From, said.Until, said.Decisions ?? false);
    }
}

/// <summary>Which events to list, as a client says it.</summary>
public sealed record EventFilterInput(
    string? Run = null, string? Package = null, string? Suite = null, string? Arch = null, string? Type = null, string? Actor = null,
    string? Worker = null, string? Requester = null, DateTimeOffset? From = null, DateTimeOffset? Until = null, bool? Decisions = null);

/// <summary>Which events to list.</summary>
public sealed class EventFilterType : InputObjectGraphType<EventFilterInput>
{
    /// <summary>Each field narrows the list.</summary>
    public EventFilterType()
    {
        Name = "EventFilter";
        Description = "Which events; what is left out does not matter.";
        Field<IdGraphType>("run").Description("About this run.");
        Field<StringGraphType>("package").Description("About runs of this source package.");
        Field<StringGraphType>("suite").Description("About runs in this suite.");
        Field<StringGraphType>("arch").Description("About runs on this Debian architecture.");
        Field<StringGraphType>("type").Description("Of this stored name, such as `run.finished.v1`.");
        Field<StringGraphType>("actor").Description("Caused by `account:<id>`, `worker:<name>` or `debci`.");
        Field<StringGraphType>("worker").Description("Of or about this worker.");
        Field<StringGraphType>("requester").Description("About what this account asked for: its id; operators may give its name.");
        Field<DateTimeOffsetGraphType>("from").Description("Recorded at or after this.");
        Field<DateTimeOffsetGraphType>("until").Description("Recorded at or before this.");
        Field<BooleanGraphType>("decisions").Description("If true, only what somebody decided, or the system on their behalf: requests, retries, cancellations, pauses, waivers, changes of a policy, workers that are drained or set aside.");
    }
}

/// <summary>A stored event.</summary>
public sealed class EventType : ObjectGraphType<LogEvent>
{
    /// <summary>Envelope and data.</summary>
    public EventType(Positions positions)
    {
        Name = "Event";
        Description = "Something that happened, as it is stored for ever.";
        Field<NonNullGraphType<StringGraphType>>("position").Description("Its place in the log.").Resolve(c => positions.Show(c.Source.Stored.Position));
        Field<NonNullGraphType<IdGraphType>>("id").Description("Its own id.").Resolve(c => c.Source.Stored.Id.ToString("D"));
        Field("type", e => e.Stored.Name).Description("Its stored name and version.");
        Field("stream", e => e.Stored.Stream).Description("The stream that it is in: of a batch, a run or a worker.");
        Field<NonNullGraphType<IntGraphType>>("revision").Description("Its place in the stream; 1 for the first.").Resolve(c => checked((int)c.Source.Stored.Revision));
        Field("recordedAt", e => e.Stored.RecordedAt).Description("When it was stored; UTC, by the log's clock.");
        Field<StringGraphType>("actor").Description("Who caused it: `account:<id>`, `worker:<name>` or `debci`; null when that is damaged.").Resolve(c => c.Source.Command?.Actor);
        Field<StringGraphType>("command").Description("The command that led to it; null when that is damaged.").Resolve(c => c.Source.Command?.Name);
        Field<StringGraphType>("commandId").Description("That command's id; a repeated command has the same.").Resolve(c => c.Source.Command?.Id.ToString("D"));
        Field<StringGraphType>("causation").Description("The event or command that led to that command, where there is one.").Resolve(c => c.Source.Command?.Causation?.ToString("D"));
        Field<StringGraphType>("origin").Description("`live`, or `import` for what was brought from another system.").Resolve(c => c.Source.Command is { } command ? LogEvent.OriginOf(command) : null);
        Field<StringGraphType>("worker").Description("The worker that it is of or about.").Resolve(c => c.Source.Worker);
        Field<StringGraphType>("correlation").Description("The same for all that follows from one request from outside.").Resolve(c => c.Source.Command?.Correlation.ToString("D"));
        Field<IdGraphType>("run").Description("The run that it is about.").Resolve(c => c.Source.Run?.Id);
        Field<StringGraphType>("package").Description("That run's source package.").Resolve(c => c.Source.Run?.Package);
        Field<StringGraphType>("suite").Description("That run's suite.").Resolve(c => c.Source.Run?.Suite);
        Field<StringGraphType>("arch").Description("That run's Debian architecture.").Resolve(c => c.Source.Run?.Arch);
        Field("data", e => e.Data).Description("Its fields, as JSON; of a worker's announcement without its free text, but for operators.");
    }
}
