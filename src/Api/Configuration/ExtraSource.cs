using Debci.Domain;

namespace Debci.Api.Configuration;

/// <summary>An apt source that requests may add by name, so that packages of another suite can be pinned.</summary>
public sealed record ExtraSource
{
    /// <summary>As in sources.list: <c>deb http://deb.debian.org/debian unstable main</c>.</summary>
    public string Entry { get; init; } = "";
    /// <summary>The keyring that it is signed with, a file in the testbeds; null where apt's own will do.</summary>
    public string? Key { get; init; }
    /// <summary>Accounts that may use it; null for all.</summary>
    public IReadOnlyList<string>? Allow { get; init; }

    /// <summary>The line for apt, with the keyring: sources.list(5), option signed-by.</summary>
    public string AptLine => Key is null || Entry.Split(' ', 2) is not [var type, var rest] ? Entry
        : rest.StartsWith('[') ? $"{type} [signed-by={Key} {rest[1..].TrimStart()}" : $"{type} [signed-by={Key}] {rest}";

    /// <summary>Refuses an account that may not use it.</summary>
    /// <param name="name">The source's name in the configuration.</param>
    /// <param name="account">The account's name.</param>
    /// <param name="path">Where it stands in the input.</param>
    public Refusal? CheckUser(string name, string account, string? path = null) => IsFor(account) ? null
        : new Refusal(RefusalCode.NotAllowed, $"The account {account} may not use the extra source {name}; an operator adds it to [extra-sources.{name}] allow.", path);

    /// <summary>Whether an account may use it.</summary>
    public bool IsFor(string account) => Allow is null || Allow.Contains(account);
}
