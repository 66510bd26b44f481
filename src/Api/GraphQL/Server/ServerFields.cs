using Debci.Api.Configuration;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Server;

/// <summary><c>server</c>: what this installation has, and how it is.</summary>
public sealed class ServerFields(LiveConfiguration live, ReadPosition position)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ServerType>>("server").Description("What this installation has, and how it is.")
        .Resolve(_ => new ServerView(live.Archive, live.Current, position.Stopped));
}

/// <summary>What this installation has, and which read models are out of order.</summary>
public sealed record ServerView(Archive Archive, DebciConfiguration Configuration, IReadOnlyList<StoppedModel> Stopped);

/// <summary>How runs of a suite are treated on an architecture.</summary>
public sealed record PlaceView(string Suite, string Arch, SuiteSettings Settings, int TimeoutSeconds);

/// <summary>This installation.</summary>
public sealed class ServerType : ObjectGraphType<ServerView>
{
    /// <summary>Its archive and its state.</summary>
    public ServerType(Positions positions, IEventLog log)
    {
        Name = "Server";
        Description = "This installation.";
        Words("suites", "Suites that it tests.", s => s.Archive.Suites);
        Words("arches", "Architectures that it tests on.", s => s.Archive.Arches);
        Words("backends", "Backends that a request may name.", s => s.Archive.Backends);
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<PlaceType>>>>("places").Description("How runs are treated, by suite and architecture.")
            .Resolve(c => from suite in c.Source.Configuration.Suites from arch in c.Source.Configuration.Arches
                select new PlaceView(suite, arch, c.Source.Configuration.SettingsOf(suite, arch), c.Source.Configuration.TimeoutSecondsOf(suite, arch)));
        Field<NonNullGraphType<StringGraphType>>("position").Description("How far the rows have come in the log.").Resolve(_ => positions.Current);
        Field<NonNullGraphType<StringGraphType>>("head")
            .Description("Where the log ends now. Give it as `minPosition` to read all that was stored before you asked, also what you were never told of.")
            .ResolveAsync(async c => positions.Show(await log.Head(c.CancellationToken)));
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StoppedModelType>>>>("stopped")
            .Description("Read models that stopped before an event that they cannot read; empty when all is well.").Resolve(c => c.Source.Stopped);
    }

    private void Words(string name, string description, Func<ServerView, IReadOnlySet<string>> words) =>
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>(name).Description(description)
            .Resolve(c => words(c.Source).Order(StringComparer.Ordinal));
}

/// <summary>How runs of a suite are treated on an architecture.</summary>
public sealed class PlaceType : ObjectGraphType<PlaceView>
{
    /// <summary>By configuration.</summary>
    public PlaceType()
    {
        Name = "Place";
        Description = "How runs of a suite are treated on an architecture, by configuration.";
        Field("suite", p => p.Suite).Description("The suite.");
        Field("arch", p => p.Arch).Description("The Debian architecture.");
        Field<NonNullGraphType<BooleanGraphType>>("gating").Description("Whether results hold up migrations; informational where not.").Resolve(c => c.Source.Settings.Gating ?? true);
        Field("timeoutSeconds", p => p.TimeoutSeconds).Description("The limit for a whole run.");
        Field<StringGraphType>("mirror").Description("The archive that testbeds use, where the configuration names it.").Resolve(c => c.Source.Settings.Mirror);
    }
}

/// <summary>A read model that is out of order.</summary>
public sealed class StoppedModelType : ObjectGraphType<StoppedModel>
{
    /// <summary>Which, where, why.</summary>
    public StoppedModelType(Positions positions)
    {
        Name = "StoppedModel";
        Description = "A read model that stopped before an event that it cannot read.";
        Field("model", s => s.Model).Description("Its name.");
        Field<NonNullGraphType<StringGraphType>>("position").Description("The event's position.").Resolve(c => positions.Show(c.Source.Position));
        Field("error", s => s.Error).Description("Why it cannot be read.");
    }
}
