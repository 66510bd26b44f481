using System.Globalization;
using Debci.Playground;

namespace Debci.Api.Tests.Webhooks;

/// <summary>A server that may tell addresses of this machine, somebody who listens there, and Alice, who asks for runs.</summary>
public abstract class WebhookWorld : IAsyncLifetime
{
    private protected Server Server { get; private set; } = null!;
    private protected Receiver Receiver { get; private set; } = null!;
    private protected HttpClient Alice { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await Server.Start(c => c with { WebhooksAllowPrivate = true });
        Receiver = await Receiver.Start();
        Alice = Server.Client(Server.RequestKey);
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        await Receiver.DisposeAsync();
    }

    /// <summary>Asks for runs of these, and ends each.</summary>
    private protected async Task Finish(params string[] packages)
    {
        var (runs, _) = await Alice.Request(packages);
        foreach (var _ in runs)
            await EndNext();
    }

    /// <summary>Takes the next run, and reports that it has passed.</summary>
    private protected async Task EndNext()
    {
        var worker = Server.Client(Server.ReportKey);
        var claimed = (await worker.Claim(waitSeconds: 30))!.Value;
        using var report = await worker.Report(long.Parse($"{claimed.GetProperty("run")}", CultureInfo.InvariantCulture));
        report.EnsureSuccessStatusCode();
    }
}
