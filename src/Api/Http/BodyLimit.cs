using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace Debci.Api.Http;

/// <summary>How large a call's body may be; 1 MiB where nothing else is said.</summary>
/// <param name="bytes">The limit; null for none.</param>
public sealed class BodyLimit(long? bytes) : IRequestSizeLimitMetadata
{
    /// <summary>No limit here: what reads the body has one of its own.</summary>
    public static readonly BodyLimit None = new(null);

    /// <inheritdoc/>
    public long? MaxRequestBodySize { get; } = bytes;
}

/// <summary>Applies the limits of endpoints.</summary>
internal static class BodyLimits
{
    public static void UseBodyLimits(this WebApplication app) => app.Use((http, next) =>
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<BodyLimit>() is { } limit
            && http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = limit.MaxRequestBodySize;
        return next(http);
    });
}
