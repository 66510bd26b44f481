using System.Reflection;

namespace Debci.Domain.Tests;

public sealed class NamesTests
{
    public static TheoryData<string> Hostile => HostileText.Names;

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_text_is_no_name_of_any_kind(string text)
    {
        Assert.False(Names.IsPackage(text));
        Assert.False(Names.IsVersion(text));
        Assert.False(Names.IsWord(text));
        Assert.False(Names.IsWorker(text));
    }

    [Theory]
    [InlineData("ed", true)]
    [InlineData("libtry-tiny-perl", true)]
    [InlineData("g++-14", true)]
    [InlineData("0ad", true)]
    [InlineData("7.zip", true)]
    [InlineData("a", false)]
    [InlineData("Green", false)]
    [InlineData("green_2", false)]
    [InlineData(".green", false)]
    [InlineData("green~", false)]
    public void A_source_package_is_named_by_policy(string name, bool good) => Assert.Equal(good, Names.IsPackage(name));

    [Theory]
    [InlineData("0", true)]
    [InlineData("2.41-6", true)]
    [InlineData("1:2.3~rc1+dfsg-4+b1", true)]
    [InlineData("4:5.2.4~dev~git20260809.e0909b211b+dfsg-1", true)]
    [InlineData("1.0~bpo12+1", true)]
    [InlineData("a:1", false)]
    [InlineData(":1", false)]
    [InlineData("1:", false)]
    [InlineData("1.0-", false)]
    [InlineData("1:0:3-2", true)]
    [InlineData("~1", false)]
    [InlineData("1_2", false)]
    [InlineData("1/2", false)]
    [InlineData("2147483647:1", true)]
    [InlineData("99999999999:1", false)]
    public void A_version_is_what_dpkg_takes(string version, bool good) => Assert.Equal(good, Names.IsVersion(version));

    [Theory]
    [InlineData("bookworm-backports", true)]
    [InlineData("kfreebsd-amd64", true)]
    [InlineData("x32", true)]
    [InlineData("Testing", false)]
    [InlineData("_testing", false)]
    public void A_word_is_safe_as_a_folder(string word, bool good) => Assert.Equal(good, Names.IsWord(word));

    [Theory]
    [InlineData("ci-worker-12.example.org:2", true)]
    [InlineData("Worker_1", true)]
    [InlineData(":2", false)]
    [InlineData("worker@host", false)]
    public void A_worker_is_named_like_a_host(string name, bool good) => Assert.Equal(good, Names.IsWorker(name));

    [Fact]
    public void Names_end_at_their_stated_length()
    {
        Assert.True(Names.IsPackage(new string('a', Names.PackageLength)));
        Assert.False(Names.IsPackage(new string('a', Names.PackageLength + 1)));
    }

    [Theory]
    [InlineData("green", "g")]
    [InlineData("0ad", "0")]
    [InlineData("libtry-tiny-perl", "libt")]
    [InlineData("lib", "l")]
    [InlineData("libre", "libr")]
    [InlineData("liberty", "libe")]
    public void The_prefix_is_the_pools(string package, string prefix) => Assert.Equal(prefix, Names.Prefix(package));

    [Fact]
    public void Every_source_of_the_archive_is_taken()
    {
        var sources = SourcesOfSid();
        Assert.True(sources.Count >= 200);
        Assert.All(sources, source =>
        {
            Assert.True(Names.IsPackage(source.Name), source.Name);
            Assert.True(Names.IsVersion(source.Version), source.Version);
            Assert.Equal(new Trigger(source.Name, source.Version), Trigger.TryParse($"{source.Name}/{source.Version}"));
        });
    }

    // Chosen from Debian sid's Sources of 2026-10-30: the longest, the shortest and the oddest names and versions.
    private static List<(string Name, string Version)> SourcesOfSid()
    {
        using var lines = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("sources-of-sid.tsv")!);
        return [.. lines.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t')).Select(fields => (fields[0], fields[1]))];
    }
}
