using Debci.Api.Maintainers;
using GraphQL;
using GraphQL.Types;
using Mediator;

namespace Debci.Api.GraphQL.Dispatch;

/// <summary><c>tellMaintainers</c>: what whoever follows an archive tells of who maintains its sources.</summary>
public sealed class MaintainerMutations(IMediator mediator)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType mutation) => mutation.Field<NonNullGraphType<OrRefused<MaintainersToldType>>>("tellMaintainers")
        .Description($"Tells who maintains the sources of a suite, for `/data/feeds/maintainer/ADDRESS.xml`: all of the suite's at once, in the place of what was told before. Needs a key with the scope `schedule`. Kept beside the log, never in it.")
        .Argument<NonNullGraphType<StringGraphType>>("suite", "Suite.")
        .Argument<NonNullGraphType<ListGraphType<NonNullGraphType<MaintainedSourceInputType>>>>("sources", $"All its sources, at most {TellMaintainers.MostSources}.")
        .ResolveAsync(c => mediator.Send(new TellMaintainers(c.Caller(), c.GetArgument<string>("suite"), [.. c.GetArgument<List<MaintainedSourceInput>>("sources").Select(s => new MaintainedSource(s.Package, s.Addresses))]), c.CancellationToken)
            .OrRefusal(sources => new MaintainersTold(sources)));
}

/// <summary>A source and who maintains it, as it is given.</summary>
public sealed class MaintainedSourceInput
{
    /// <summary>Source package.</summary>
    public string Package { get; set; } = "";
    /// <summary>Mail addresses.</summary>
    public List<string> Addresses { get; set; } = [];
}

/// <summary>A source and who maintains it.</summary>
public sealed class MaintainedSourceInputType : InputObjectGraphType<MaintainedSourceInput>
{
    /// <summary>Name and addresses.</summary>
    public MaintainedSourceInputType()
    {
        Name = "MaintainedSourceInput";
        Description = "A source package and who maintains it.";
        Field<NonNullGraphType<StringGraphType>>("package").Description("Source package.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("addresses").Description($"Mail addresses of its maintainer and uploaders, at most {TellMaintainers.MostAddresses}.");
    }
}

/// <summary>It is known now.</summary>
public sealed record MaintainersTold(int Sources);

/// <summary>It is known now.</summary>
public sealed class MaintainersToldType : ObjectGraphType<MaintainersTold>
{
    /// <summary>Of how many sources.</summary>
    public MaintainersToldType()
    {
        Name = "MaintainersTold";
        Description = "Who maintains them is known.";
        Field("sources", t => t.Sources).Description("Of how many sources.");
    }
}
