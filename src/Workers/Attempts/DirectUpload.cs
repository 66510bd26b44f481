using System.Security.Cryptography;
using Debci.Workers.Server;

namespace Debci.Workers.Attempts;

/// <summary>Sends a file to the store that the server names, where it offers that. Whatever goes wrong on this way, the way through the server is left.</summary>
internal sealed class DirectUpload(AttemptId id, ServerCalls server, Journal journal)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Tries once.</summary>
    /// <returns>Whether the server has it now.</returns>
    public async Task<bool> TryAsync(string path, CancellationToken ct)
    {
        try
        {
            var facts = await FactsOfAsync(path, ct);
            if (await server.OfferAsync(id, facts, ct) is not { } offer)
                return false;
            await PutAsync(offer, path, ct);
            await server.SentAsync(id, offer.Ticket, facts, ct);
            return true;
        }
        catch (Exception failure) when (failure is ServerAwayException or HttpRequestException or IOException or UriFormatException
            || failure is ServerRefusedException { NotOurs: false } || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            journal.Say($"The files of run {id.Run} go through the server, since the store did not take them: {failure.Message}");
            return false;
        }
    }

    // With a client of its own: the key is for the server alone.
    private static async Task PutAsync(OfferAnswer offer, string path, CancellationToken ct)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = Patience };
        await using var file = File.OpenRead(path);
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(offer.Address ?? "")) { Content = new StreamContent(file) };
        foreach (var (name, value) in offer.Headers ?? new Dictionary<string, string>())
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content.Headers.TryAddWithoutValidation(name, value);
        }
        using var answer = await http.SendAsync(request, ct);
        if (!answer.IsSuccessStatusCode)
            throw new IOException($"it answered {(int)answer.StatusCode}.");
    }

    private static async Task<FileFacts> FactsOfAsync(string path, CancellationToken ct)
    {
        await using var file = File.OpenRead(path);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
#pragma warning disable CA5351 // no secret depends on it: it is the checksum that stores have
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        var piece = new byte[80 << 10];
        while (await file.ReadAsync(piece, ct) is > 0 and var length)
        {
            sha256.AppendData(piece, 0, length);
            md5.AppendData(piece, 0, length);
        }
        return new FileFacts(file.Length, Convert.ToHexStringLower(md5.GetHashAndReset()), Convert.ToHexStringLower(sha256.GetHashAndReset()));
    }
}
