using Debci.Workers.Attempts;
using Debci.Workers.Processes;

namespace Debci.Workers.Backends;

/// <summary>A backend on a program of the host that keeps testbeds by name (<see cref="Service"/>).</summary>
/// <param name="service">Which.</param>
/// <param name="user">Who runs it; null for the worker's own user.</param>
internal sealed class ServiceBackend(Service service, string? user) : IBackend
{
    private const int Rounds = 5;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public string Name => service.Backend;

    /// <inheritdoc/>
    public string? User { get; } = user;

    /// <inheritdoc/>
    public string? Caution => service.Caution;

    /// <inheritdoc/>
    public async Task<string?> ObstacleAsync(CancellationToken ct)
    {
        if (!Host.Has(service.List[0]))
            return $"{service.List[0]} is missing; install the package {service.Backend}.";
        if (!Host.Has("autopkgtest") || !Host.Has($"autopkgtest-virt-{service.Backend}"))
            return $"autopkgtest, or its server {service.Backend}, is missing; install the package autopkgtest (5.28 or later).";
        try
        {
            return (await TestbedsAsync(ct)).Count > 0 ? null
                : $"{service.Backend} has no testbed that is called debci-SUITE-ARCH; make one: {service.HowToMake(new Testbed("SUITE", "ARCH"))}";
        }
        catch (CommandFailedException failed)
        {
            return failed.Message;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Testbed>> TestbedsAsync(CancellationToken ct) =>
        [.. (await LinesAsync(service.List, ct)).Select(Service.Read).OfType<Testbed>().Distinct()];

    /// <inheritdoc/>
    public async Task PrepareAsync(Assignment run, AttemptFolder folder, CancellationToken ct)
    {
        var testbed = new Testbed(run.Suite, run.Arch);
        if (!(await TestbedsAsync(ct)).Contains(testbed))
            throw new NoTestbedException($"{service.Backend} has no testbed {Service.NameOf(testbed)} on this worker; make it: {service.HowToMake(testbed)}");
    }

    /// <inheritdoc/>
    public Command Test(Assignment run, AttemptFolder folder) =>
        Autopkgtest.For(run, folder, service.Server(Service.NameOf(new Testbed(run.Suite, run.Arch)), Service.SessionOf(folder)));

    /// <inheritdoc/>
    public async Task RemoveAsync(AttemptFolder folder)
    {
        var failed = "";
        for (var round = 0; await SessionsAsync(Service.SessionOf(folder)) is [var first, ..] sessions; round++)
        {
            if (round == Rounds)
                throw new CommandFailedException($"{service.Backend} does not end {first}. {failed}");
            foreach (var session in sessions)
                failed = await EndAsync(session, left: round > 0) ?? failed;
        }
        await new Command(["rm", "-rf", "--one-file-system", "--", folder.Path]).RunAsync(CancellationToken.None);
    }

    // A session can end by itself between the look and the command, and a container needs a moment to go: it is looked for again.
    private async Task<string?> EndAsync(string session, bool left)
    {
        try
        {
            if (left && service.EndLeft is { } before)
                await new Command(before(session)).As(User).RunAsync(CancellationToken.None);
            await new Command(service.End(session)).As(User).RunAsync(CancellationToken.None);
            return null;
        }
        catch (CommandFailedException failed)
        {
            await Task.Delay(Moment);
            return failed.Message;
        }
    }

    // schroot fails where there is none.
    private async Task<IReadOnlyList<string>> SessionsAsync(string session)
    {
        try
        {
            return [.. (await LinesAsync(service.Sessions(session), CancellationToken.None)).Select(line => line[(line.LastIndexOf(':') + 1)..])];
        }
        catch (CommandFailedException)
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<string>> LinesAsync(IReadOnlyList<string> words, CancellationToken ct) =>
        (await new Command(words).As(User).ReadAsync(ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
