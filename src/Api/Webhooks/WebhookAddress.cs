using System.Net;
using System.Net.Sockets;
using Debci.Domain;

namespace Debci.Api.Webhooks;

/// <summary>
/// Where webhooks may go. An address that somebody gives is called from within the operator's network, so it must not lead into it: that is decided by the
/// numbers that a name has when it is called, not by the name, which may have others a moment later.
/// </summary>
internal static class WebhookAddress
{
    private const int MostLength = 2000;

    // Private, shared, loopback, link-local, for documentation, multicast, reserved: RFC 6890 and its successors. Of IPv6 all but 2000::/3, and there what holds an IPv4 address.
    private static readonly IPNetwork[] Within =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");

    /// <summary>Reads the address that somebody gives.</summary>
    /// <exception cref="RefusedException">It is none that can be called.</exception>
    public static string Check(string url) => url.Length <= MostLength && Uri.TryCreate(url, UriKind.Absolute, out var address)
        && address is { Scheme: "https" or "http", UserInfo.Length: 0, Host.Length: > 0 } ? address.AbsoluteUri
        : throw new RefusedException(RefusalCode.Invalid, $"A webhook is called at an address that begins with https:// or http://, names no user, and has at most {MostLength} characters.", "url");

    /// <summary>Whether a number is of the world, and not of somebody's own network.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var number = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (number.AddressFamily == AddressFamily.InterNetwork || Global.Contains(number)) && !Within.Any(w => w.BaseAddress.AddressFamily == number.AddressFamily && w.Contains(number));
    }

    /// <summary>Connects to a host, at one of its numbers that may be called.</summary>
    /// <exception cref="HttpRequestException">It has none.</exception>
    public static async ValueTask<Stream> Connect(DnsEndPoint host, bool allowPrivate, CancellationToken cancellation)
    {
        var numbers = (await NumbersOf(host.Host, cancellation)).Where(n => allowPrivate || IsPublic(n)).ToArray();
        if (numbers.Length == 0)
            throw new HttpRequestException($"{host.Host} is not known, or is of a private network, where the operator has not allowed webhooks"); // which of both tells nobody what names there are within
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(numbers, host.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<IPAddress[]> NumbersOf(string host, CancellationToken cancellation)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellation);
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
