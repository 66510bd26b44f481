using System.Text;

namespace Debci.Workers.Tests;

public class LogStreamTests
{
    [Fact]
    public async Task A_log_with_any_bytes_arrives_as_it_is()
    {
        var bytes = Enumerable.Range(0, 256).Select(b => (byte)b).Concat("\xff\xfe\r\n\0\u001b[31m"u8.ToArray()).ToArray();
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var worker = new LocalWorker();
        await File.WriteAllBytesAsync(Path.Combine(worker.Folder, "raw.log"), bytes);

        await worker.RunOnceAsync(server, new { hello = new { log = Array.Empty<string>(), logFile = "raw.log" } });

        Assert.Equal(bytes, server.Log);
    }

    [Fact]
    public async Task A_log_of_30_MB_goes_in_ranges_of_at_most_1_MiB()
    {
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 3_000_000).Select(n => $"{n:D9}\n")));
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var worker = new LocalWorker();
        await File.WriteAllBytesAsync(Path.Combine(worker.Folder, "long.log"), bytes);

        await worker.RunOnceAsync(server, new { hello = new { log = Array.Empty<string>(), logFile = "long.log" } });

        Assert.True(bytes.AsSpan().SequenceEqual(server.Log));
        Assert.Equal(1 << 20, server.LargestLogCall);
        Assert.Equal(bytes.Length, server.Report!.Value.GetProperty("logSize").GetInt64());
    }

    [Fact]
    public async Task What_the_test_writes_is_sent_while_it_still_runs()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", lease: 1));
        using var worker = new LocalWorker();
        using var stop = new CancellationTokenSource();
        var running = worker.RunOnceAsync(server, new { hello = new { sleepSeconds = 600, log = new[] { "still here" } } }, stop.Token);

        await server.UntilAsync(s => s.Log.Length == 11);
        await stop.CancelAsync();
        await running;

        Assert.Equal(0, server.Count("report"));
    }

    [Fact]
    public async Task A_server_that_lost_the_end_of_the_log_gets_it_again_before_the_report_counts()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var worker = new LocalWorker();
        server.Mishaps = (name, count) =>
        {
            if (name == "report" && count == 1)
                server.ForgetLogBehind(4);
            return Mishap.None;
        };

        await worker.RunOnceAsync(server, new { hello = new { log = new[] { "one", "two" } } });

        Assert.Equal("one\ntwo\n"u8.ToArray(), server.Log);
        Assert.Equal(2, server.Count("report"));
    }

    [Fact]
    public async Task A_gap_in_the_middle_of_the_log_is_filled()
    {
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var worker = new LocalWorker();
        await File.WriteAllBytesAsync(Path.Combine(worker.Folder, "raw.log"), bytes);
        server.Mishaps = (name, count) =>
        {
            if (name == "log" && count == 2)
                server.ForgetLogBehind(1000);
            return Mishap.None;
        };

        await worker.RunOnceAsync(server, new { hello = new { log = Array.Empty<string>(), logFile = "raw.log" } });

        Assert.Equal(bytes, server.Log);
        Assert.True(server.Count("log") > 3);
    }
}
