using System.Text;
using Debci.Workers.Backends;
using Debci.Workers.Processes;
using Debci.Workers.Server;

namespace Debci.Workers.Attempts;

/// <summary>The part of an attempt that the time limit is for: the testbed and the test, with its log sent while it runs.</summary>
/// <param name="run">What to test.</param>
/// <param name="folder">Where its files go.</param>
/// <param name="backend">Where it runs.</param>
/// <param name="tree">How its processes are found.</param>
/// <param name="log">Sends the log.</param>
/// <param name="journal">What the operator reads.</param>
internal sealed class TestRun(
    Assignment run, AttemptFolder folder, IBackend backend, ProcessTree tree, LogStream log, Journal journal)
{
    /// <summary>Prepares the testbed and runs the test. When it returns, nothing of the test is alive, and there is a log wherever anything was said.</summary>
    /// <exception cref="OperationCanceledException">By <paramref name="ct"/>; everything is ended then too.</exception>
    /// <exception cref="ServerRefusedException">The server will not have the log.</exception>
    public async Task<TestEnd> RunAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(run.Limit);
        try
        {
            new TestbedSources(run, folder).Write();
            await backend.PrepareAsync(run, folder, limit.Token);
            using var test = TestProcess.Start(backend.Test(run, folder), backend.User, folder, tree);
            var end = await StreamAsync(test, ct, limit.Token);
            return log.IsTooLarge() ? TestEnd.Flood : end; // also when it was over before anybody looked
        }
        catch (Exception error) when (error is NoTestbedException or CommandFailedException)
        {
            KeepAsLog(Encoding.UTF8.GetBytes($"debci-worker: {error.Message}\n"));
            return TestEnd.NoTestbed;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            KeepAsLog(Encoding.UTF8.GetBytes("debci-worker: The run reached its time limit before its test began.\n"));
            return TestEnd.Late;
        }
    }

    // The stream ends before the test only when the server refuses the log; then the test has nobody to report to.
    // Processes that outlive the first one (daemons) are ended in every case: nothing may write behind what is reported.
    private async Task<TestEnd> StreamAsync(TestProcess test, CancellationToken ct, CancellationToken limit)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var dead = new TaskCompletionSource();
        var streaming = log.FollowAsync(dead.Task, ct);
        var ending = EndAsync(test, ct, limit);
        var flood = log.TooLargeAsync(over.Token);
        try
        {
            var first = await Task.WhenAny(streaming, ending, flood);
            if (first != ending)
                await first;
            return first == flood ? TestEnd.Flood : await ending;
        }
        finally
        {
            if (!await test.KillAsync())
                journal.Say($"A process of run {run.Id.Run} would not die; look for it on this machine.");
            KeepAsLog(test.Tail());
            dead.SetResult();
            await over.CancelAsync();
            await Task.WhenAll(streaming, ending, flood).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private static async Task<TestEnd> EndAsync(TestProcess test, CancellationToken ct, CancellationToken limit)
    {
        try
        {
            return new TestEnd(await test.WaitAsync(limit));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return TestEnd.Late;
        }
    }

    // Only where the test wrote no log of its own.
    private void KeepAsLog(byte[] text)
    {
        if (text.Length == 0 || new FileInfo(folder.Log) is { Exists: true, Length: > 0 })
            return;
        Directory.CreateDirectory(folder.Output);
        File.Delete(folder.Log);
        using var file = new FileStream(folder.Log, FileMode.CreateNew);
        file.Write(text);
    }
}
