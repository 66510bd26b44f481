using System.Diagnostics;
using Debci.Api.Files.S3;
using Debci.Api.Files.Swift;

namespace Debci.Playground;

/// <summary>A real OpenStack Swift of one node, by ops/swift, that ends with this process however that ends.</summary>
public sealed class SwiftCluster : IDisposable
{
    private static readonly Lazy<Task<SwiftCluster>> SharedOne = new(Start);
    private readonly string folder = Directory.CreateTempSubdirectory("debci-swift-").FullName;
    private readonly int[] ports = [.. Enumerable.Range(0, 5).Select(_ => Ports.Free())];
    private Process? script;

    /// <summary>The one that the tests of this process share; each has a container of its own.</summary>
    public static Task<SwiftCluster> Shared => SharedOne.Value;

    /// <summary>Where its proxy answers.</summary>
    public Uri Address => new($"http://127.0.0.1:{ports[0]}");

    /// <summary>One for tests that kill it.</summary>
    public static async Task<SwiftCluster> Start()
    {
        var cluster = new SwiftCluster();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.Dispose();
        File.SetUnixFileMode(cluster.folder, (UnixFileMode)0b111_101_101);
        cluster.script = Process.Start(new ProcessStartInfo(Repository.Path("ops/swift"), [cluster.folder, string.Join(',', cluster.ports), "--until-stdin-closes", "--throw-away"]) { RedirectStandardInput = true })!;
        await cluster.Ready();
        return cluster;
    }

    /// <summary>How a server is configured to keep its files there, in a container that nobody else has.</summary>
    public SwiftSettings Settings() => new()
    {
        Auth = $"{Address}auth/v1.0", User = "test:tester", Password = "testing", Container = $"debci-{Guid.NewGuid():N}",
    };

    /// <summary>The same through its middleware s3api, in a bucket that nobody else has.</summary>
    public S3Settings AsS3() => new()
    {
        Endpoint = Address.AbsoluteUri.TrimEnd('/'), AccessKey = "test:tester", SecretKey = "testing", Bucket = $"debci-{Guid.NewGuid():N}", PartBytes = 5 << 20,
    };

    /// <summary>kill -9 of all of it.</summary>
    public async Task Kill()
    {
        script!.StandardInput.WriteLine("kill");
        await Eventually.True("Swift is dead", () => Task.FromResult(File.Exists(Path.Combine(folder, "killed"))));
    }

    /// <summary>Starts it again, with what it has stored.</summary>
    public Task Restart()
    {
        script!.StandardInput.WriteLine("start");
        return Ready();
    }

    /// <summary>All its tokens end.</summary>
    public async Task ForgetTokens()
    {
        File.Delete(Path.Combine(folder, "forgotten"));
        script!.StandardInput.WriteLine("forget");
        await Eventually.True("the cache is another", () => Task.FromResult(File.Exists(Path.Combine(folder, "forgotten"))));
        await Eventually.True("tokens are given again", GivesTokens);
    }

    // It has to find the other cache first.
    private async Task<bool> GivesTokens()
    {
        using var http = new HttpClient();
        using var ask = new HttpRequestMessage(HttpMethod.Get, $"{Address}auth/v1.0") { Headers = { { "X-Auth-User", "test:tester" }, { "X-Auth-Key", "testing" } } };
        using var answer = await http.SendAsync(ask);
        return answer.IsSuccessStatusCode && answer.Headers.Contains("X-Auth-Token");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (script is null)
            return;
        script.StandardInput.Close();
        script.WaitForExit(TimeSpan.FromSeconds(10));
        script = null;
    }

    private Task Ready() => Eventually.True("Swift serves", () => script!.HasExited
        ? throw new InvalidOperationException("ops/swift ended; see its words above. Swift comes with: ops/packages swift")
        : Task.FromResult(File.Exists(Path.Combine(folder, "ready"))));
}
