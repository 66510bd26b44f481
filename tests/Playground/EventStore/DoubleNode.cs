using System.Net;
using System.Security.Cryptography.X509Certificates;
using Debci.EventLog.EventStore.Protocol;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Debci.Playground.EventStore;

/// <summary>A node of the double: a server of its own over loopback, that can be killed and started again at the same port.</summary>
internal sealed class DoubleNode(EventStoreDouble cluster, X509Certificate2? certificate) : Gossip.GossipBase
{
    private WebApplication? app;

    public EventStoreDouble Cluster => cluster;

    public int Port { get; private set; }

    public bool IsAlive => app is not null;

    /// <summary>How many events of the log have come to this node; null for all of them.</summary>
    public int? Behind { get; set; }

    public async Task Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, Port, l =>
        {
            l.Protocols = HttpProtocols.Http2;
            if (certificate is not null)
                l.UseHttps(certificate);
        }));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this).AddSingleton(new DoubleStreams(this));
        app = builder.Build();
        app.MapGrpcService<DoubleNode>();
        app.MapGrpcService<DoubleStreams>();
        await app.StartAsync();
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    /// <summary>Ends it without waiting for what is under way.</summary>
    public async Task Kill()
    {
        if (Interlocked.Exchange(ref app, null) is not { } running)
            return;
        await running.StopAsync(new CancellationToken(canceled: true));
        await running.DisposeAsync();
    }

    public override Task<ClusterInfo> Read(Empty request, ServerCallContext context) => Task.FromResult(new ClusterInfo
    {
        Members = { cluster.Nodes.Select(n => new MemberInfo { IsAlive = n.IsAlive, State = cluster.StateOf(n), HttpEndPoint = new() { Address = "127.0.0.1", Port = (uint)n.Port } }) },
    });
}
