namespace Debci.Domain.Tests;

public sealed class RoutingTests
{
    private static readonly HashSet<string> Nothing = [];
    private static readonly Offer Small = new(["amd64", "i386"], ["unshare", "qemu"], ["ssd"]);

    [Theory]
    [InlineData("amd64", "", "unshare")]
    [InlineData("i386", "", "unshare")]
    [InlineData("arm64", "", null)]
    [InlineData("amd64", "qemu", "qemu")]
    [InlineData("amd64", "lxc", null)]
    [InlineData("amd64", "isolation-machine", "qemu")]
    [InlineData("amd64", "isolation-container", "qemu")]
    [InlineData("amd64", "ssd", "unshare")]
    [InlineData("amd64", "ssd isolation-machine", "qemu")]
    [InlineData("amd64", "big", null)]
    [InlineData("amd64", "unshare isolation-machine", null)]
    public void A_run_goes_to_the_first_backend_that_provides_all_it_needs(string arch, string needs, string? backend) =>
        Assert.Equal(backend, Routing.BackendFor(Small, arch, needs.Split(' ', StringSplitOptions.RemoveEmptyEntries), Nothing));

    [Fact]
    public void A_paused_backend_is_passed_over()
    {
        Assert.Equal("qemu", Routing.BackendFor(Small, "amd64", [], new HashSet<string> { "unshare" }));
        Assert.Null(Routing.BackendFor(Small, "amd64", ["unshare"], new HashSet<string> { "unshare" }));
    }

    [Theory]
    [InlineData("unshare", "")]
    [InlineData("podman", "isolation-container")]
    [InlineData("incus", "isolation-machine isolation-container")]
    [InlineData("lxc", "isolation-container")]
    public void What_ran_in_a_testbed_says_nothing_of_the_isolation_that_it_may_have_had(string backend, string isolation) =>
        Assert.Equal(isolation, string.Join(' ', Routing.MayHaveHad(backend)));

    [Fact]
    public void What_skipped_tests_have_missed_is_learnt_the_strongest_first()
    {
        var machine = new TestResult("a", TestOutcome.Skip, "Test requires machine-level isolation but testbed does not provide that");
        var container = new TestResult("b", TestOutcome.Skip, "Test requires container-level isolation but testbed does not provide that");
        Assert.Equal(Routing.Machine, Routing.MissedIsolation([container, machine]));
        Assert.Equal(Routing.Container, Routing.MissedIsolation([container]));
        Assert.Null(Routing.MissedIsolation([new TestResult("c", TestOutcome.Fail, machine.Detail), new TestResult("d", TestOutcome.Skip, "exit status 77 and marked as skippable")]));
    }
}
