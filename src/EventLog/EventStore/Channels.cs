using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;

namespace Debci.EventLog.EventStore;

/// <summary>A connection for each node that was ever spoken to; made when it is wanted.</summary>
internal sealed class Channels : IDisposable
{
    private const int ReceiveBytes = 17 << 20; // as in its own clients: an event of 16 MiB and what is around it

    private readonly ConcurrentDictionary<DnsEndPoint, Lazy<GrpcChannel>> byNode = new();
    private readonly EventStoreSettings settings;
    private readonly X509Certificate2Collection? authorities;
    private readonly X509Certificate2? user;

    /// <exception cref="LogAwayException">A file of certificates cannot be read.</exception>
    public Channels(EventStoreSettings settings)
    {
        this.settings = settings;
        authorities = settings.CaFile is { } file ? Read("tlsCaFile", file, () =>
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0 ? certificates : throw new CryptographicException("It holds no certificate.");
        }) : null;
        user = settings.UserCertificateFile is { } own ? Read("userCertFile", own, () => X509Certificate2.CreateFromPemFile(own, settings.UserKeyFile)) : null;
    }

    public GrpcChannel To(DnsEndPoint node) => byNode.GetOrAdd(node, n => new Lazy<GrpcChannel>(() => Open(n))).Value;

    public void Dispose()
    {
        foreach (var channel in byNode.Values.Where(c => c.IsValueCreated))
            channel.Value.Dispose();
        user?.Dispose();
    }

    private GrpcChannel Open(DnsEndPoint node) => GrpcChannel.ForAddress(new UriBuilder(settings.Tls ? "https" : "http", node.Host, node.Port).Uri, new GrpcChannelOptions
    {
        HttpHandler = Handler(),
        DisposeHttpClient = true,
        MaxReceiveMessageSize = ReceiveBytes,
        InitialReconnectBackoff = TimeSpan.FromMilliseconds(50), // a node that comes back is wanted at once, not within two minutes
        MaxReconnectBackoff = TimeSpan.FromSeconds(1),
    });

    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = settings.KeepAliveInterval ?? Timeout.InfiniteTimeSpan,
            KeepAlivePingTimeout = settings.KeepAliveTimeout ?? Timeout.InfiniteTimeSpan,
            ConnectTimeout = settings.GossipTimeout,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,
        };
        if (!settings.VerifyCertificates || authorities is not null) // the former is asked for in words: tlsVerifyCert=false
            handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, chain, errors) => !settings.VerifyCertificates || LeadsTo(authorities!, shown, chain, errors);
        if (user is { } certificate)
            handler.SslOptions.ClientCertificates = [certificate];
        return handler;
    }

    // The name must be right by the usual rules; only whom to trust is another question here.
    private static bool LeadsTo(X509Certificate2Collection authorities, X509Certificate? shown, X509Chain? sent, SslPolicyErrors errors)
    {
        if (shown is not X509Certificate2 certificate || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        return chain.Build(certificate);
    }

    private static T Read<T>(string option, string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new LogAwayException($"The file {file} of {option} in [log] connection cannot be read: {failure.Message}", failure);
        }
    }
}
