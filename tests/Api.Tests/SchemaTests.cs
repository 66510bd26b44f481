using Debci.Api.GraphQL;
using Debci.Playground;

namespace Debci.Api.Tests;

public sealed class SchemaTests
{
    [Fact]
    public async Task The_schema_is_the_one_that_is_committed()
    {
        var committed = await File.ReadAllTextAsync(Repository.Path("src/Api/GraphQL/Schema.graphql"));
        var actual = await PrintedSchema.Text();
        Assert.True(committed == actual, "The schema has changed. If that is meant, write it anew: debci schema > src/Api/GraphQL/Schema.graphql");
    }

    [Fact]
    public async Task Everything_in_the_schema_is_described()
    {
        var lines = (await PrintedSchema.Text()).Split('\n');
        var undescribed = lines.Where((line, i) => (line.StartsWith("type ", StringComparison.Ordinal) || line.StartsWith("enum ", StringComparison.Ordinal)
            || line.StartsWith("input ", StringComparison.Ordinal)) && !lines[i - 1].EndsWith('"'));
        Assert.Empty(undescribed);
    }
}
