using System.Text.RegularExpressions;
using Debci.Playground;

namespace Debci.Architecture.Tests;

public sealed partial class StyleTests
{
    [Fact]
    public void Domain_is_pure_without_clock_chance_files_network_or_waiting()
    {
        var impure = SourceFiles.All.Where(f => SourceFiles.Project(f) == "Domain").SelectMany(Lines).Where(l => Impure().IsMatch(l.Text));
        Assert.Empty(impure.Select(l => $"{l.Place}: {l.Text.Trim()}"));
    }

    [Fact]
    public void No_file_is_longer_than_three_hundred_lines() =>
        Assert.DoesNotContain(SourceFiles.All, f => File.ReadLines(f).Count() > 300);

    [Fact]
    public void Folders_are_named_after_what_they_are_about() =>
        Assert.DoesNotContain(Directory.EnumerateDirectories(Repository.Path("src"), "*", SearchOption.AllDirectories), d => Kind().IsMatch(d));

    [Fact]
    public void Tests_do_not_sleep()
    {
        var tests = Directory.EnumerateFiles(Repository.Path("tests"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal));
        Assert.Empty(tests.SelectMany(Lines).Where(l => Sleep().IsMatch(l.Text)).Select(l => l.Place));
    }

    private static IEnumerable<(string Place, string Text)> Lines(string file) =>
        SourceFiles.Code(file).Split('\n').Select((text, i) => ($"{Path.GetRelativePath(Repository.Root, file)}:{i + 1}", text));

    [GeneratedRegex(@"\b(UtcNow|DateTime\.Now|DateTimeOffset\.Now|NewGuid|CreateVersion7|Random|Stopwatch|TimeProvider|Task|async|await|System\.IO|System\.Net|File\.|Directory\.|Environment\.)\b?")]
    private static partial Regex Impure();

    [GeneratedRegex(@"/(Commands|Handlers|Validators|Dtos?|Interfaces|Helpers|Utils|Common|Services|Managers|Models)(/|$)")]
    private static partial Regex Kind();

    [GeneratedRegex(@"Thread\.Slee[p]|Task\.Dela[y]")]
    private static partial Regex Sleep();
}
