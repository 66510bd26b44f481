using System.Diagnostics;
using Debci.Workers.Processes;

namespace Debci.Workers.Backends;

/// <summary>
/// Has testbeds made anew that are too old, before a claim, so that no run waits for it. The program that makes them knows how old one
/// may be, and keeps a younger one (ops/testbed: seven days); it is asked once an hour.
/// </summary>
/// <param name="program">The program, called with SUITE ARCH DIR BACKEND; null where the operator sees to it.</param>
/// <param name="folder">Where testbeds are that are files.</param>
/// <param name="backends">Whose testbeds.</param>
/// <param name="journal">What the operator reads.</param>
internal sealed class TestbedMaker(string? program, string folder, IReadOnlyList<IBackend> backends, Journal journal)
{
    private static readonly TimeSpan Often = TimeSpan.FromHours(1);
    private Stopwatch? last;

    /// <summary>Sees to all testbeds, when it is time. A testbed that cannot be made anew goes on as it is, and the journal says so.</summary>
    public async Task RefreshAsync(CancellationToken ct)
    {
        if (program is null || last?.Elapsed < Often)
            return;
        last = Stopwatch.StartNew();
        foreach (var backend in backends)
        {
            foreach (var testbed in await TestbedsAsync(backend, ct))
                await MakeAsync(backend.Name, testbed, ct);
        }
    }

    private async Task<IReadOnlyList<Testbed>> TestbedsAsync(IBackend backend, CancellationToken ct)
    {
        try
        {
            return await backend.TestbedsAsync(ct);
        }
        catch (CommandFailedException failed)
        {
            journal.Say(failed.Message);
            return [];
        }
    }

    private async Task MakeAsync(string backend, Testbed testbed, CancellationToken ct)
    {
        try
        {
            await new Command([program!, testbed.Suite, testbed.Arch, folder, backend]).RunAsync(ct);
        }
        catch (CommandFailedException failed)
        {
            journal.Say($"The {backend} testbed of {testbed.Suite} on {testbed.Arch} stays as old as it is: {failed.Message}");
        }
    }
}
