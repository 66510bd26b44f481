using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Debci.Api.Files.Swift;

/// <summary>Addresses that count without a token, for one method and until a time: Swift's middleware tempurl.</summary>
internal static class TempUrl
{
    /// <summary>Signs one.</summary>
    /// <param name="method">GET, which counts for HEAD too, or PUT.</param>
    /// <param name="storage">The account's address, as Swift sees it: its path is what is signed.</param>
    /// <param name="publicUrl">What stands before that path for browsers and workers, who may come through a proxy that takes a path of its own away; empty for the same.</param>
    /// <param name="place">Container and object, as they are, not encoded.</param>
    /// <param name="key">The container's key.</param>
    /// <param name="until">When it ends.</param>
    public static Uri Sign(HttpMethod method, string storage, string publicUrl, string place, string key, DateTimeOffset until)
    {
        var account = new Uri(storage).AbsolutePath;
        var path = $"{Uri.UnescapeDataString(account)}/{place}";
        var expires = until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{method.Method}\n{expires}\n{path}")));
        var address = publicUrl.Length == 0 ? storage : publicUrl.TrimEnd('/') + account;
        return new Uri($"{address}/{SwiftClient.Encode(place)}?temp_url_sig={signature}&temp_url_expires={expires}{(method == HttpMethod.Get ? "&inline" : "")}");
    }
}
