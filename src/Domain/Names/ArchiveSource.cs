using System.Text.RegularExpressions;

namespace Debci.Domain;

/// <summary>The archive that a testbed takes its packages from, in words that neither a shell nor apt reads otherwise.</summary>
/// <param name="Mirror">Its address, such as <c>http://deb.debian.org/debian</c>.</param>
/// <param name="Keyring">The file with its keys, in the testbed; null where apt's own will do.</param>
/// <param name="Components">Such as <c>main</c>; at least one.</param>
public sealed partial record ArchiveSource(string Mirror, string? Keyring, IReadOnlyList<string> Components)
{
    /// <summary>Whether this is an address that apt can have in a source.</summary>
    public static bool IsMirror(string address) => MirrorPattern().IsMatch(address);

    /// <summary>Whether this can be a keyring: an absolute path of plain characters.</summary>
    public static bool IsKeyring(string path) => KeyringPattern().IsMatch(path) && !path.Contains("/../", StringComparison.Ordinal);

    /// <summary>Whether all parts are what they should be.</summary>
    public bool IsReadable => IsMirror(Mirror) && (Keyring is null || IsKeyring(Keyring)) && Components.Count > 0 && Components.All(Names.IsWord);

    /// <summary>The lines for packages and for sources, as in sources.list(5).</summary>
    /// <param name="suite">The suite.</param>
    public IReadOnlyList<string> Lines(string suite)
    {
        var rest = $"{(Keyring is null ? "" : $"[signed-by={Keyring}] ")}{Mirror} {suite} {string.Join(' ', Components)}";
        return [$"deb {rest}", $"deb-src {rest}"];
    }

    [GeneratedRegex(@"\A(?:https?|file|mirror\+https?|cdrom|copy):[A-Za-z0-9:/._~+@%-]{1,300}\z")]
    private static partial Regex MirrorPattern();

    [GeneratedRegex(@"\A(?:/[A-Za-z0-9._+-]{1,100}){1,10}\z")]
    private static partial Regex KeyringPattern();
}
