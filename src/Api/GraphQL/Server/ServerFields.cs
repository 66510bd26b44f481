using Debci.Api.Configuration;
using Debci.Domain;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Server;

/// <summary><c>server</c>: what this installation has, and how it is.</summary>
public sealed class ServerFields(LiveConfiguration live, ReadPosition position)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ServerType>>("server").Description("What this installation has, and how it is.")
        .Resolve(_ => new ServerView(live.Archive, position.Stopped));
}

/// <summary>What this installation has, and which read models are out of order.</summary>
public sealed record ServerView(Archive Archive, IReadOnlyList<StoppedModel> Stopped);

/// <summary>This installation.</summary>
public sealed class ServerType : ObjectGraphType<ServerView>
{
    /// <summary>Its archive and its state.</summary>
    public ServerType(Positions positions)
    {
        Name = "Server";
        Description = "This installation.";
        Words("suites", "Suites that it tests.", s => s.Archive.Suites);
        Words("arches", "Architectures that it tests on.", s => s.Archive.Arches);
        Words("backends", "Backends that a request may name.", s => s.Archive.Backends);
        Field<NonNullGraphType<StringGraphType>>("position").Description("How far the rows have come in the log.").Resolve(_ => positions.Current);
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StoppedModelType>>>>("stopped")
            .Description("Read models that stopped before an event that they cannot read; empty when all is well.").Resolve(c => c.Source.Stopped);
    }

    private void Words(string name, string description, Func<ServerView, IReadOnlySet<string>> words) =>
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>(name).Description(description)
            .Resolve(c => words(c.Source).Order(StringComparer.Ordinal));
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
