using System.Collections;
using Debci.Api.Configuration;
using Debci.Api.Files;

namespace Debci.Files.Tests;

public sealed class ConfigurationTests
{
    private const string Swift = "[files]\nengine = \"swift\"\n[files.swift]\nuser = \"ci:debci\"\npassword = \"x\"\n";

    [Fact]
    public void Swift_is_configured_by_its_own_section_and_the_password_may_come_as_a_variable()
    {
        var read = ConfigurationFile.Parse("[files]\nengine = \"swift\"\n[files.swift]\nauth = \"https://keystone.example.org:5000/v3\"\nuser = \"debci\"\nproject = \"ci\"\nregion = \"one\"\ncontainer = \"logs\"\nsegment-bytes = 2000000\n",
            "debci.toml", new Hashtable { ["DEBCI__FILES__SWIFT__PASSWORD"] = "12345" });
        Assert.Equal((FileEngine.Swift, true), (read.Store.Engine, read.Store.Swift.IsKeystone));
        Assert.Equal(("debci", "12345", "ci", "one", "logs", 2_000_000), (read.Store.Swift.User, read.Store.Swift.Password, read.Store.Swift.Project, read.Store.Swift.Region, read.Store.Swift.Container, read.Store.Swift.SegmentBytes));
        Assert.DoesNotContain("12345", $"{read.Store}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[files]\nengine = \"s3\"", "[files.s3] needs access-key and secret-key")]
    [InlineData("[files]\nengine = \"s3\"\nartifacts-max-bytes = 6000000000\n[files.s3]\naccess-key = \"a\"\nsecret-key = \"b\"", "artifacts-max-bytes is above 5368709120, which S3 cannot copy")]
    [InlineData("[files.s3]\npart-bytes = 1000", "files.s3.part-bytes takes a number from 5242880 to")]
    [InlineData("[files]\nengine = \"nfs\"", "debci.toml:2: files.engine takes \"files\"")]
    [InlineData("[files]\nengine = \"swift\"", "[files.swift] names no auth; write auth = ")]
    [InlineData("[files]\nengine = \"swift\"\n[files.swift]\nauth = \"http://x/auth/v1.0\"", "[files.swift] needs user and password")]
    [InlineData(Swift + "auth = \"http://x/v3\"", "[files.swift] names no project")]
    [InlineData(Swift + "auth = \"swift://x\"", "files.swift.auth takes an address that begins with http:// or https://")]
    [InlineData(Swift + "auth = \"http://x/auth/v1.0\"\ncontainer = \"a/b\"", "files.swift.container takes a name of at most 200 characters without a slash")]
    [InlineData(Swift + "auth = \"http://x/auth/v1.0\"\ndelete-after-days = 10", "[files.swift] delete-after-days deletes files that [retention] days still keeps")]
    [InlineData(Swift + "auth = \"http://x/auth/v1.0\"\nsegment-bytes = 5", "files.swift.segment-bytes takes a number from")]
    public void What_does_not_fit_is_refused_with_what_to_write(string toml, string sentence)
    {
        var wrong = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse(toml, "debci.toml", new Hashtable()));
        Assert.Contains(wrong.Mistakes, m => m.Contains(sentence, StringComparison.Ordinal));
        Assert.DoesNotContain("\"x\"", wrong.Message, StringComparison.Ordinal);
    }
}
