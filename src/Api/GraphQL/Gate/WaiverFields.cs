using Debci.Api.Dispatch;
using Debci.Api.GraphQL.Dispatch;
using Debci.Domain;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;
using Mediator;

namespace Debci.Api.GraphQL.Gate;

/// <summary>A waiver with what was said; the text is null where it was erased, or not read.</summary>
public sealed record WaiverView(WaiverRow Row, string? Reason)
{
    /// <summary>Without the text: a verdict may name thousands.</summary>
    public static WaiverView? Of(WaiverRow? row) => row is null ? null : new WaiverView(row, null);
}

/// <summary><c>waivers</c>, <c>waive</c>, <c>withdrawWaiver</c>.</summary>
public sealed class WaiverFields(PoliciesQueries policies, Texts texts, Positions positions, IMediator mediator)
{
    /// <summary>Adds the query.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ListGraphType<NonNullGraphType<WaiverType>>>>("waivers").Description("Whose tests do not count at the gate, those among them that have ended.")
        .Argument<StringGraphType>("suite", "Of this target suite only.").Argument<StringGraphType>("package", "Of this package only.").AtLeast()
        .ResolveAsync(async c =>
        {
            await positions.WaitForArgument(c);
            var rows = await policies.Waivers(c.GetArgument<string?>("suite"), c.GetArgument<string?>("package") is { } package ? [package] : null, c.CancellationToken);
            var reasons = await texts.Find(rows.Select(r => r.Reason), c.CancellationToken);
            return rows.Select(r => new WaiverView(r, reasons.GetValueOrDefault(r.Reason))).ToList();
        });

    /// <summary>Adds the mutations.</summary>
    public void AddMutations(ObjectGraphType mutation)
    {
        Change(mutation, "waive", "Lets tests of a package through from now on; the reason is required. Given again with another end, it holds until then.", (waiver, why) => new PolicyCommand.Waive(waiver, why ?? ""));
        Change(mutation, "withdrawWaiver", "Has them count again.", (waiver, why) => new PolicyCommand.WithdrawWaiver(waiver, why));
    }

    private void Change(ObjectGraphType mutation, string name, string description, Func<Waiver, string?, PolicyCommand> command) => mutation
        .Field<NonNullGraphType<OrRefused<DecidedType>>>(name).Description($"{description} Needs a key with the scope `waive`. What is so already stays so.")
        .Argument<NonNullGraphType<WaiverInputType>>("waiver", "Which.").Argument<StringGraphType>("reason", "Why; kept beside the log.")
        .ResolveAsync(c =>
        {
            var waiver = c.GetArgument<Waiver>("waiver");
            return mediator.Send(new ChangePolicy(c.Caller(), name, c.GetArgument<string?>("reason"), why => command(waiver, why)), c.CancellationToken).OrRefusal(p => new Decided(p));
        });
}

/// <summary>What a waiver lets through.</summary>
public sealed class WaiverKindType() : DescribedEnum<WaiverKind>("What a waiver lets through.",
    (WaiverKind.BadTest, "The failure of a tested package, up to a version: britney's force-badtest."),
    (WaiverKind.SkipTest, "A candidate of just this version, whatever its tests say: britney's force-skiptest."));

/// <summary>A waiver as clients write it.</summary>
public sealed class WaiverInputType : InputObjectGraphType<Waiver>
{
    /// <summary>Kind, scope, end.</summary>
    public WaiverInputType()
    {
        Name = "WaiverInput";
        Description = "Which tests do not count.";
        Field<NonNullGraphType<WaiverKindType>>("kind").Description("What it lets through.");
        Field<NonNullGraphType<StringGraphType>>("suite").Description("The target suite.");
        Field<NonNullGraphType<StringGraphType>>("package").Description("The tested source package, or the candidate.");
        Field<NonNullGraphType<StringGraphType>>("version").Description($"The tested version up to which it holds, or `{Waiver.AllVersions}`; the candidate's version.");
        Field<StringGraphType>("arch").Description("On this architecture only; all, if left out.");
        Field<DateTimeOffsetGraphType>("until").Description("From then on it does not hold; no end, if left out.");
    }

    /// <inheritdoc/>
    public override object ParseDictionary(IDictionary<string, object?> value) => new Waiver(
        (WaiverKind)value["kind"]!, (string)value["suite"]!, (string)value["package"]!, (string)value["version"]!,
        value.TryGetValue("arch", out var arch) ? (string?)arch : null, value.TryGetValue("until", out var until) ? (DateTimeOffset?)until : null);
}

/// <summary>A waiver that was given.</summary>
public sealed class WaiverType : ObjectGraphType<WaiverView>
{
    /// <summary>What, who, why, until when.</summary>
    public WaiverType()
    {
        Name = "Waiver";
        Description = "Somebody's word that tests of a package do not count.";
        Field<NonNullGraphType<WaiverKindType>>("kind").Description("What it lets through.").Resolve(c => c.Source.Row.Waiver.Kind);
        Field("suite", w => w.Row.Waiver.Suite).Description("The target suite.");
        Field("package", w => w.Row.Waiver.Package).Description("The tested source package, or the candidate.");
        Field("version", w => w.Row.Waiver.Version).Description($"The tested version up to which it holds, or `{Waiver.AllVersions}`; the candidate's version.");
        Field("arch", w => w.Row.Waiver.Arch, nullable: true).Description("On this architecture only; null for all.");
        Field<DateTimeOffsetGraphType>("until").Description("From then on it does not hold; null for no end.").Resolve(c => c.Source.Row.Waiver.Until);
        Field("reason", w => w.Reason, nullable: true).Description("What was said; `waivers` tells it.");
        Field("actor", w => w.Row.Actor).Description("Who gave it, as in events.");
        Field<NonNullGraphType<DateTimeGraphType>>("since").Description("When it was given; UTC.").Resolve(c => c.Source.Row.Since);
    }
}
