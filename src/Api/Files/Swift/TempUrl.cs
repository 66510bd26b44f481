using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Debci.Api.Files.Swift;

/// <summary>Addresses that count without a token, for one method and until a time: Swift's middleware tempurl.</summary>
internal static class TempUrl
{
    /// <summary>Signs one.</summary>
    /// <param name="method">GET, which counts for HEAD too, or PUT.</param>
    /// <param name="storage">The account's address.</param>
    /// <param name="place">Container and object, as they are, not encoded.</param>
    /// <param name="key">The container's key.</param>
    /// <param name="until">When it ends.</param>
    public static Uri Sign(HttpMethod method, string storage, string place, string key, DateTimeOffset until)
    {
        var path = $"{Uri.UnescapeDataString(new Uri(storage).AbsolutePath)}/{place}";
        var expires = until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{method.Method}\n{expires}\n{path}")));
        return new Uri($"{storage}/{SwiftClient.Encode(place)}?temp_url_sig={signature}&temp_url_expires={expires}{(method == HttpMethod.Get ? "&inline" : "")}");
    }
}
