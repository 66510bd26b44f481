using System.Net;
using System.Text;
using Debci.Api.Claims;

namespace Debci.Api.Amqp;

/// <summary>A run as debci writes it for its worker: one line of words, <c>green testing run-id:17 trigger:blue%2F2 … backend:lxc</c>.</summary>
internal static class DebciLine
{
    /// <summary>The line.</summary>
    /// <param name="taken">What was claimed.</param>
    /// <param name="entryOf">The apt line behind an extra source's name.</param>
    public static string Write(Taken taken, Func<string, string> entryOf)
    {
        var (lease, triggers) = (taken.Lease, string.Join(' ', taken.Lease.Asked.Triggers));
        List<string> words = [lease.Run.Package, lease.Run.Suite, $"run-id:{lease.Run.Id}"];
        if (triggers.Length > 0)
            words.Add($"trigger:{WebUtility.UrlEncode(triggers)}");
        words.AddRange(taken.Pins.Select(pin => $"pin-packages:{pin}"));
        words.AddRange(taken.ExtraSources.Select(source => $"extra-apt-source:{Convert.ToBase64String(Encoding.UTF8.GetBytes(entryOf(source)))}"));
        return string.Join(' ', [.. words, $"backend:{lease.Backend}"]);
    }
}
