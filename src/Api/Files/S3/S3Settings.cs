namespace Debci.Api.Files.S3;

/// <summary>How an object store that speaks S3 is reached: <c>[files.s3]</c>.</summary>
public sealed record S3Settings
{
    /// <summary>Its address; empty for Amazon's own, by the region.</summary>
    public string Endpoint { get; init; } = "";
    /// <summary>The region; what signatures name, also where a store of one's own has none.</summary>
    public string Region { get; init; } = "us-east-1";
    /// <summary>The bucket; made when it is missing.</summary>
    public string Bucket { get; init; } = "debci";
    /// <summary>Who asks.</summary>
    public string AccessKey { get; init; } = "";
    /// <summary>What requests are signed with.</summary>
    public string SecretKey { get; init; } = "";
    /// <summary>Larger files are sent in parts of so many bytes.</summary>
    public long PartBytes { get; init; } = 64L << 20;

    /// <summary>Whether browsers and workers may reach it by signed addresses.</summary>
    public bool Direct { get; init; }

    /// <summary>CopyObject's limit.</summary>
    public const long LargestFile = 5L << 30;

    /// <summary>What does not fit together, a sentence each.</summary>
    /// <param name="artifacts">The largest artifacts that are taken.</param>
    internal IEnumerable<string> Mistakes(long artifacts)
    {
        if (AccessKey.Length == 0 || SecretKey.Length == 0)
            yield return "[files.s3] needs access-key and secret-key; the latter may come as the variable DEBCI__FILES__S3__SECRET_KEY.";
        if (artifacts > LargestFile)
            yield return $"[files] artifacts-max-bytes is above {LargestFile}, which S3 cannot copy to a run's address; write at most that.";
    }

    /// <summary>Without secrets.</summary>
    public override string ToString() => $"S3 ({(Endpoint.Length == 0 ? Region : Endpoint)}, {Bucket})";
}
