using Debci.Api.Configuration;
using Debci.Api.Hosting;
using GraphQL;
using Npgsql;

namespace Debci.Api.GraphQL;

/// <summary>The schema as text. Nothing is asked of the database for it.</summary>
public static class PrintedSchema
{
    /// <summary>The schema in GraphQL's own language, types by name.</summary>
    public static async Task<string> Text()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddDebci(new DebciConfiguration(), TimeProvider.System, NpgsqlDataSource.Create("Host=nowhere"), new LogIdentity("log"));
        await using var provider = services.BuildServiceProvider();
        var schema = provider.GetRequiredService<global::GraphQL.Types.ISchema>();
        schema.Initialize();
        return schema.Print(new global::GraphQL.Utilities.PrintOptions { IncludeDescriptions = true, StringComparison = StringComparison.Ordinal });
    }
}
