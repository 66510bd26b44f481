namespace Debci.Api.Files.Swift;

/// <summary>How OpenStack Swift is reached: <c>[files.swift]</c>.</summary>
public sealed record SwiftSettings
{
    /// <summary>Where tokens come from; one that ends in <c>/v3</c> is Keystone's, any other is asked as v1 (<c>/auth/v1.0</c>).</summary>
    public string Auth { get; init; } = "";
    /// <summary>Whom tokens are for; in v1 <c>account:user</c>.</summary>
    public string User { get; init; } = "";
    /// <summary>The user's password, in v1 also called key.</summary>
    public string Password { get; init; } = "";
    /// <summary>The project (v3).</summary>
    public string Project { get; init; } = "";
    /// <summary>The user's domain (v3).</summary>
    public string UserDomain { get; init; } = "Default";
    /// <summary>The project's domain (v3).</summary>
    public string ProjectDomain { get; init; } = "Default";
    /// <summary>Which of the catalog's regions (v3); empty for the first.</summary>
    public string Region { get; init; } = "";
    /// <summary>The container; made when it is missing.</summary>
    public string Container { get; init; } = "debci";
    /// <summary>What links for browsers and workers are signed with; empty for no such links.</summary>
    public string TempUrlKey { get; init; } = "";
    /// <summary>The address of the object store for browsers and workers, where it is not the one that the token comes with: what stands there before the account's path (<c>/v1/AUTH_…</c>).</summary>
    public string PublicUrl { get; init; } = "";
    /// <summary>Most bytes of a segment; Swift itself takes 5 GiB.</summary>
    public long SegmentBytes { get; init; } = 1L << 30;
    /// <summary>After how many days Swift deletes each file by itself; 0 for never.</summary>
    public int DeleteAfterDays { get; init; }

    /// <summary>Whether tokens are Keystone's.</summary>
    public bool IsKeystone => Auth.TrimEnd('/').EndsWith("/v3", StringComparison.Ordinal);

    /// <summary>What does not fit together, a sentence each.</summary>
    internal IEnumerable<string> Mistakes(Retention.RetentionPolicy retention)
    {
        if (Auth.Length == 0)
            yield return "[files.swift] names no auth; write auth = \"http://swift.example.org:8080/auth/v1.0\", or Keystone's address that ends in /v3.";
        if (User.Length == 0 || Password.Length == 0)
            yield return "[files.swift] needs user and password; the latter may come as the variable DEBCI__FILES__SWIFT__PASSWORD.";
        if (IsKeystone && Project.Length == 0)
            yield return "[files.swift] names no project, which Keystone's tokens are for; write project = \"…\".";
        if (DeleteAfterDays > 0 && (retention.Days == 0 || DeleteAfterDays < retention.Days))
            yield return "[files.swift] delete-after-days deletes files that [retention] days still keeps; write a higher number than that, or leave it out.";
    }

    /// <summary>Without secrets.</summary>
    public override string ToString() => $"Swift ({Auth}, {User}, {Container})";
}
