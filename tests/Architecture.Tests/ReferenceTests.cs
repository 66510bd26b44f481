using System.Text.RegularExpressions;
using System.Xml.Linq;
using Debci.Playground;

namespace Debci.Architecture.Tests;

/// <summary>References go one way: Domain ← EventLog ← Projections ← Api; Workers → Domain.</summary>
public sealed class ReferenceTests
{
    [Theory]
    [InlineData("Domain", "")]
    [InlineData("EventLog", "Domain")]
    [InlineData("Projections", "EventLog")]
    [InlineData("Api", "Projections")]
    [InlineData("Workers", "Domain")]
    public void Each_project_refers_to_its_neighbour_only(string project, string neighbours)
    {
        var references = ProjectFile(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));
        Assert.Equal(neighbours, string.Join(' ', references));
    }

    [Theory]
    [InlineData(typeof(Domain.RunKey), "")]
    [InlineData(typeof(EventLog.IEventLog), "Debci.Domain")]
    [InlineData(typeof(Projections.IReadModel), "Debci.Domain Debci.EventLog")]
    public void The_built_assemblies_know_no_more(Type inside, string known)
    {
        var references = inside.Assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Debci.", StringComparison.Ordinal));
        Assert.Equal(known, string.Join(' ', references.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Domain_has_no_packages() => Assert.Empty(ProjectFile("Domain").Descendants("PackageReference"));

    [Theory]
    [InlineData(@"\bMarten\b", "EventLog")]
    [InlineData(@"\bGrpc\b|\bProtobuf\b", "EventLog")]
    [InlineData(@"\bNpgsql\b", "EventLog Projections Api")]
    [InlineData(@"\bGraphQL\b", "Api")]
    [InlineData(@"\bRabbitMQ\b", "Api")]
    [InlineData(@"\bAmazon\b", "Api")]
    [InlineData(@"(from|into|update|join)\s+log\.", "EventLog")]
    public void A_technology_stays_where_it_belongs(string pattern, string homes)
    {
        var uses = SourceFiles.All.Where(f => Regex.IsMatch(SourceFiles.Code(f), pattern)).Where(f => !homes.Split(' ').Contains(SourceFiles.Project(f)))
            .Where(f => !IsComposition(f));
        Assert.Empty(uses);
    }

    [Fact]
    public void Nothing_above_the_interface_knows_which_store_of_files_there_is()
    {
        var uses = SourceFiles.All.Where(f => SourceFiles.Project(f) == "Api" && Regex.IsMatch(SourceFiles.Code(f), @"\bFiles\.(Disk|Swift|S3|Buffer)\b|\b(DiskStore|SwiftStore|S3Store|LogFolders|LogBuffer)\b|\bAmazon\b"))
            .Where(f => !Regex.IsMatch(f, "/Files/(Disk|Swift|S3|Buffer)/|/Files/FileStores.cs$|/Files/FileSettings.cs$|/Cli/MigrateVerb.cs$"));
        Assert.Empty(uses);
    }

    // The host puts the parts together, and so names the engine that it chose.
    private static bool IsComposition(string file) =>
        file.EndsWith("/Hosting/Services.cs", StringComparison.Ordinal) || file.EndsWith("/Hosting/ServerHost.cs", StringComparison.Ordinal)
        || file.EndsWith("/Cli/MigrateVerb.cs", StringComparison.Ordinal);

    private static XDocument ProjectFile(string project) => XDocument.Load(Repository.Path($"src/{project}/{project}.csproj"));
}
