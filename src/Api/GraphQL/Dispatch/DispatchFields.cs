using Debci.Api.Configuration;
using Debci.Api.Dispatch;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Dispatch;

/// <summary><c>pauses</c>, <c>rejectList</c>, <c>quarantine</c>.</summary>
public sealed class DispatchFields(PoliciesQueries policies, LiveConfiguration live, Texts texts, Positions positions)
{
    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType query)
    {
        query.Field<NonNullGraphType<ListGraphType<NonNullGraphType<PauseType>>>>("pauses").Description("What is paused.").AtLeast()
            .ResolveAsync(async c =>
            {
                await positions.WaitForArgument(c);
                var rows = await policies.Pauses(c.CancellationToken);
                var reasons = await texts.Find(rows.Select(r => r.Reason), c.CancellationToken);
                return rows.Select(r => r with { Reason = r.Reason is { } why ? reasons.GetValueOrDefault(why) : null }).ToList();
            });
        query.Field<NonNullGraphType<ListGraphType<NonNullGraphType<RejectType>>>>("rejectList").Description("Requests that match one of these are refused.").AtLeast()
            .ResolveAsync(async c =>
            {
                await positions.WaitForArgument(c);
                var rows = await policies.Rejects(c.CancellationToken);
                var reasons = await texts.Find(rows.Select(r => r.Reason), c.CancellationToken);
                return live.Current.Rejects.Select(r => new RejectView(r.Key, r.Value, null))
                    .Concat(rows.Select(r => new RejectView(r.Pattern, reasons.GetValueOrDefault(r.Reason), r.Since))).ToList();
            });
        query.Field<NonNullGraphType<ListGraphType<NonNullGraphType<QuarantineType>>>>("quarantine")
            .Description("Packages whose runs are held, since they were abandoned again and again. Shows to operators.").AtLeast()
            .ResolveAsync(async c =>
            {
                await positions.WaitForArgument(c);
                return c.Viewer().SeesAll ? await policies.Quarantines(c.CancellationToken) : [];
            });
    }
}

/// <summary>A line of the reject list.</summary>
/// <param name="Pattern">What it matches.</param>
/// <param name="Reason">Why; null for a text that was erased.</param>
/// <param name="Since">When a command made it; null for the configuration's.</param>
public sealed record RejectView(string Pattern, string? Reason, DateTime? Since);

/// <summary>Something that is paused.</summary>
public sealed class PauseType : ObjectGraphType<PauseRow>
{
    /// <summary>What, why, since when, by whom.</summary>
    public PauseType()
    {
        Name = "Pause";
        Description = "An arch, suite or backend whose runs are not given out.";
        Field<NonNullGraphType<PauseKindType>>("kind").Description("What kind of name.").Resolve(c => c.Source.Kind);
        Field("name", p => p.Name).Description("The arch, suite or backend.");
        Field("reason", p => p.Reason, nullable: true).Description("What was said.");
        Field("actor", p => p.Actor).Description("Who did it, as in events.");
        Field<NonNullGraphType<DateTimeGraphType>>("since").Description("Since when; UTC.").Resolve(c => c.Source.Since);
    }
}

/// <summary>A line of the reject list.</summary>
public sealed class RejectType : ObjectGraphType<RejectView>
{
    /// <summary>What and why.</summary>
    public RejectType()
    {
        Name = "Reject";
        Description = "Requests that match are refused.";
        Field("pattern", r => r.Pattern).Description("`package/suite/arch`, with `*` and `?`.");
        Field("reason", r => r.Reason, nullable: true).Description("Why.");
        Field<DateTimeGraphType>("since").Description("When a command made it; null for a line of the configuration. UTC.").Resolve(c => c.Source.Since);
    }
}

/// <summary>What is in quarantine.</summary>
public sealed class QuarantineType : ObjectGraphType<QuarantineRow>
{
    /// <summary>What, since when, because of which runs.</summary>
    public QuarantineType()
    {
        Name = "Quarantine";
        Description = "A package whose runs are held until an operator lifts it.";
        Field("package", q => q.Package).Description("Source package.");
        Field("suite", q => q.Suite).Description("Suite.");
        Field("arch", q => q.Arch).Description("Debian architecture.");
        Field("version", q => q.Version, nullable: true).Description("The version that its trigger named; null: any.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<IdGraphType>>>>("runs").Description("The abandoned runs that led to it.").Resolve(c => c.Source.Runs);
        Field<NonNullGraphType<DateTimeGraphType>>("since").Description("Since when; UTC.").Resolve(c => c.Source.Since);
    }
}
