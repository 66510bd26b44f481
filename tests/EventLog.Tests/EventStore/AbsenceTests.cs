using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Debci.EventLog.EventStore;
using Debci.Playground;
using Debci.Playground.EventStore;

namespace Debci.EventLog.Tests.EventStore;

/// <summary>An engine that is away, or refuses: a clear sentence, and recovery without a restart.</summary>
public sealed class AbsenceTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData("esdb://127.0.0.1:9?tls=false", "EventStoreDB at 127.0.0.1:9 does not answer: Connection refused")]
    [InlineData("esdb+discover://127.0.0.1:9?tls=false&maxDiscoverAttempts=2&discoveryInterval=1", "does not say who leads (asked 127.0.0.1:9): Connection refused")]
    public async Task One_that_is_away_at_start_is_told_at_once(string connection, string sentence)
    {
        var away = await Assert.ThrowsAsync<LogAwayException>(() => EventStoreNaming.LogId(EventStoreSettings.Parse(connection)));
        Assert.Contains(sentence, away.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_without_a_log_says_so()
    {
        await using var cluster = await EventStoreDouble.Start();
        var none = await Assert.ThrowsAsync<InvalidOperationException>(() => EventStoreNaming.LogId(EventStoreSettings.Parse(cluster.Connection())));
        Assert.Contains("holds no log yet; run `debci migrate`", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_logs_word_stays_whoever_migrates_again()
    {
        await using var world = await Clustered.Start();
        var settings = EventStoreSettings.Parse(world.Cluster.Connection());
        var word = await EventStoreNaming.LogId(settings);
        Assert.Matches("^[0-9a-f]{8}$", word);
        await Task.WhenAll(EventStoreNaming.Migrate(settings, world.Database()), EventStoreNaming.Migrate(settings, world.Database()));
        Assert.Equal(word, await EventStoreNaming.LogId(settings));
        Assert.Empty(await world.Open().ReadAll(0, 10));
    }

    [Fact]
    public async Task Refused_credentials_are_told_at_once_and_without_the_password()
    {
        await using var world = await Clustered.Start();
        world.Cluster.Credentials = "admin:changeit";
        var refused = await Assert.ThrowsAsync<LogAwayException>(() => world.Open(world.Cluster.Connection("tls=false", "admin:s3cret@")).Head());
        Assert.Contains("does not know the user or the password", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", $"{refused}", StringComparison.Ordinal);

        var log = world.Open(world.Cluster.Connection("tls=false", "admin:changeit@"));
        await log.Append("run-1", 0, Examples.Started(1));
        world.Cluster.DeniesAccess = true;
        Assert.Contains("does not let the user", (await Assert.ThrowsAsync<LogAwayException>(() => log.Head())).Message, StringComparison.Ordinal);
        Assert.Contains("does not let the user", (await Assert.ThrowsAsync<LogAwayException>(() => log.Subscribe().WaitAsync(TimeSpan.FromSeconds(30)))).Message, StringComparison.Ordinal);
        world.Cluster.DeniesAccess = false;
        Assert.NotEqual(0, await log.Head());
        await Eventually.True("a subscription begins", async () =>
        {
            try
            {
                await using var wakeUp = await log.Subscribe();
                return true;
            }
            catch (LogAwayException)
            {
                return false; // still the answer of before
            }
        });
    }

    [Fact]
    public async Task One_that_goes_away_for_longer_is_told_and_is_there_again_without_a_restart()
    {
        await using var world = await Clustered.Start();
        var log = world.Open(patience: Short);
        var events = Examples.Started(1);
        await log.Append("run-9", 0, Examples.Started(9));
        for (var node = 0; node < 3; node++)
            await world.Cluster.Kill(node);

        await Assert.ThrowsAsync<LogAwayException>(() => log.Append("run-1", 0, events));

        await world.Cluster.Revive(2);
        await Eventually.True("the append goes through", async () =>
        {
            try
            {
                return (await log.Append("run-1", 0, events)).Revision == 1;
            }
            catch (LogAwayException)
            {
                return false;
            }
        });
        Assert.Equal(2, (await log.ReadAll(0, 10)).Count);
    }

    [Fact]
    public async Task A_certificate_counts_if_it_leads_to_the_authority_that_is_named_and_names_the_host()
    {
        using var authority = new Authority();
        var folder = Directory.CreateTempSubdirectory("debci-ca-").FullName;
        await File.WriteAllTextAsync($"{folder}/ca.crt", authority.Pem);
        using var other = new Authority();
        await File.WriteAllTextAsync($"{folder}/other.crt", other.Pem);
        await using var right = await EventStoreDouble.Start(1, authority.Issue(IPAddress.Loopback));
        await using var wrong = await EventStoreDouble.Start(1, authority.Issue(IPAddress.Parse("127.0.0.2")));

        Assert.Contains("holds no log yet", await Say<InvalidOperationException>(right, $"tlsCaFile={folder}/ca.crt"), StringComparison.Ordinal);
        Assert.Contains("holds no log yet", await Say<InvalidOperationException>(wrong, "tlsVerifyCert=false"), StringComparison.Ordinal);
        Assert.Contains("certificate", await Say<LogAwayException>(right, $"tlsCaFile={folder}/other.crt"), StringComparison.Ordinal);
        Assert.Contains("certificate", await Say<LogAwayException>(right, ""), StringComparison.Ordinal);
        Assert.Contains("certificate", await Say<LogAwayException>(wrong, $"tlsCaFile={folder}/ca.crt"), StringComparison.Ordinal);
        Assert.Contains("of tlsCaFile in [log] connection cannot be read", await Say<LogAwayException>(right, $"tlsCaFile={folder}/none.crt"), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> Say<T>(EventStoreDouble cluster, string options) where T : Exception =>
        (await Assert.ThrowsAsync<T>(() => EventStoreNaming.LogId(EventStoreSettings.Parse(cluster.Connection(options))))).Message;

    /// <summary>An authority of a test's own.</summary>
    private sealed class Authority : IDisposable
    {
        private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly X509Certificate2 own;

        public Authority()
        {
            var request = new CertificateRequest("CN=An authority", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        }

        public string Pem => own.ExportCertificatePem();

        public X509Certificate2 Issue(IPAddress address)
        {
            using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=A node", ownKey, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
            using var issued = request.Create(own, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), Guid.NewGuid().ToByteArray());
            using var withKey = issued.CopyWithPrivateKey(ownKey);
            return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null);
        }

        public void Dispose()
        {
            own.Dispose();
            key.Dispose();
        }
    }
}
