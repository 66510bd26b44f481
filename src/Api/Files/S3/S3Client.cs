using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Debci.Api.Files.S3;

/// <summary>Amazon's client, set up so that stores which are not Amazon's understand it, with our words for what goes wrong.</summary>
internal sealed class S3Client : IDisposable
{
    private readonly S3Settings settings;
    private readonly AmazonS3Client client;

    public S3Client(S3Settings settings, TimeProvider clock)
    {
        (this.settings, client) = (settings, new AmazonS3Client(new BasicAWSCredentials(settings.AccessKey, settings.SecretKey), ConfigOf(settings)));
        Patience = new StorePatience(Away, clock);
    }

    /// <summary>How long it is waited for.</summary>
    public StorePatience Patience { get; }

    /// <summary>What it is and where; no secrets.</summary>
    public string Name => $"S3 at {(settings.Endpoint.Length == 0 ? settings.Region : new Uri(settings.Endpoint).GetLeftPart(UriPartial.Authority))}, bucket {settings.Bucket}";

    /// <summary>Makes calls; null when what they ask for is not there.</summary>
    /// <exception cref="FileStoreAwayException">There is no answer, or none to the call itself.</exception>
    /// <param name="call">The calls.</param>
    /// <param name="stop">Gives up.</param>
    /// <param name="within">How long they may take; a large body takes longer than <see cref="StorePatience.ForAnswer"/>.</param>
    public Task<T?> Call<T>(Func<IAmazonS3, CancellationToken, Task<T>> call, CancellationToken stop, TimeSpan? within = null) where T : class =>
        Patience.Limit(limited => Translated(call, limited), within ?? StorePatience.ForAnswer, stop);

    private async Task<T?> Translated<T>(Func<IAmazonS3, CancellationToken, Task<T>> call, CancellationToken stop) where T : class
    {
        try
        {
            return await call(client, stop);
        }
        catch (AmazonS3Exception answer) when (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (AmazonServiceException answer)
        {
            throw Away(Words(answer), answer);
        }
        catch (Exception failure) when (failure is HttpRequestException or AmazonClientException or TimeoutException or (IOException and not FileStoreAwayException))
        {
            throw Away(failure.Message.TrimEnd('.'), failure);
        }
    }

    /// <summary>That it is away.</summary>
    public FileStoreAwayException Away(string why, Exception? inner = null) => new(Name, why, inner);

    /// <summary>Signs an address.</summary>
    public string Sign(Amazon.S3.Model.GetPreSignedUrlRequest request) => client.GetPreSignedURL(request);

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private string Words(AmazonServiceException answer) => answer.StatusCode switch
    {
        HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => $"it refuses the access key {settings.AccessKey} ({answer.ErrorCode}); check [files.s3] access-key and secret-key",
        _ when answer.ErrorCode == "BadDigest" => "what was sent came there damaged",
        0 => (answer.InnerException?.Message ?? answer.Message).TrimEnd('.'),
        var status => $"it answers {(int)status} ({answer.ErrorCode})",
    };

    private static AmazonS3Config ConfigOf(S3Settings settings)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = settings.Endpoint.Length > 0, AuthenticationRegion = settings.Region, MaxErrorRetry = 1, ConnectTimeout = TimeSpan.FromSeconds(5), Timeout = TimeSpan.FromMinutes(10),
            // Checksums in trailers are Amazon's alone; Content-MD5, which every store knows, is sent with each body.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (settings.Endpoint.Length > 0)
            config.ServiceURL = settings.Endpoint;
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(settings.Region);
        return config;
    }
}
