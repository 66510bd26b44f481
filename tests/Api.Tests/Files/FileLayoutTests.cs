using Debci.Api.Files;
using Debci.Domain;
using static Debci.Api.Tests.Files.FileTree;

namespace Debci.Api.Tests.Files;

public sealed class FileLayoutTests : IDisposable
{
    private readonly FileTree tree = new();

    public void Dispose() => tree.Dispose();

    [Theory]
    [InlineData("hello", "autopkgtest/bookworm/amd64/h/hello/71831181/attempts/3")]
    [InlineData("libyaml", "autopkgtest/bookworm/amd64/liby/libyaml/71831181/attempts/3")]
    [InlineData("0ad", "autopkgtest/bookworm/amd64/0/0ad/71831181/attempts/3")]
    public void Files_stand_where_pools_would_have_the_package(string package, string expected) =>
        Assert.Equal(expected, Path.GetRelativePath(tree.Layout.Root, tree.Layout.OfAttempt(Hello with { Package = package }, 3)));

    public static TheoryData<string> HostileNames =>
        ["", ".", "..", "../..", "/etc/passwd", "a/b", "a\\b", "..\\x", "a\0b", "a\n", "-rf", ".hidden", "ü", "%2e%2e", new string('a', 200)];

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task A_hostile_name_is_refused_by_every_call_and_nothing_is_written(string name)
    {
        foreach (var run in new[] { Hello with { Package = name }, Hello with { Suite = name }, Hello with { Arch = name } })
            await RefusedEverywhere(run, 1);
        Assert.Empty(tree.AllFiles());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    [InlineData(1, -7)]
    public Task A_run_or_attempt_that_is_no_number_from_1_on_is_refused(long run, int attempt) =>
        RefusedEverywhere(Hello with { Id = run }, attempt);

    private async Task RefusedEverywhere(RunKey run, int attempt)
    {
        var (none, body) = (CancellationToken.None, new MemoryStream([1]));
        Func<Task>[] calls =
        [
            () => tree.Logs().Append(run, attempt, 0, body, none),
            () => tree.Logs().Finish(run, attempt, none),
            () => tree.Logs().Size(run, attempt, none),
            () => tree.Logs().WaitForGrowth(run, attempt, 0, Patience, none),
            () => tree.Logs().Read(run, attempt, 0, 1, none),
            () => tree.Artifacts().PutArtifacts(run, attempt, body, none),
            () => tree.Artifacts().PutSummary(run, attempt, body, none),
            () => tree.Published().Publish(run, attempt, none),
            () => tree.Published().FindOfAttempt(run, attempt, RunFile.Log, none),
        ];
        foreach (var call in calls)
            Assert.Equal(RefusalCode.Invalid, (await Assert.ThrowsAsync<RefusedException>(call)).Refusal.Code);
    }
}
