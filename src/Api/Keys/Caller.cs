using Debci.Projections;

namespace Debci.Api.Keys;

/// <summary>What a key may do.</summary>
public enum Scope
{
    /// <summary>Ask for runs, cancel and retry.</summary>
    Request,
    /// <summary>Work: claim, upload, report.</summary>
    Report,
    /// <summary>Ask for runs in the system's own name, as <c>debci schedule</c> does.</summary>
    Schedule,
    /// <summary>Give waivers, and take them back.</summary>
    Waive,
    /// <summary>Everything, private runs of others included.</summary>
    Admin,
}

/// <summary>Who calls.</summary>
/// <param name="AccountId">The account behind the key; all zeros for nobody.</param>
/// <param name="Name">The account's name, for answers only: events hold the id.</param>
/// <param name="Scopes">What the key may do.</param>
public sealed record Caller(Guid AccountId, string Name, IReadOnlySet<Scope> Scopes)
{
    /// <summary>A call without a key: reads public things.</summary>
    public static readonly Caller Anonymous = new(Guid.Empty, "", new HashSet<Scope>());

    /// <summary>The system itself, when it works on behalf of nobody.</summary>
    public static readonly Caller System = new(Guid.Empty, "debci", new HashSet<Scope> { Scope.Admin });

    /// <summary>Whether the key has the scope; an admin's has all.</summary>
    public bool Has(Scope scope) => Scopes.Contains(scope) || Scopes.Contains(Scope.Admin);

    /// <summary>As the requester in events.</summary>
    public string Requester => AccountId.ToString("D");

    /// <summary>As the actor in events.</summary>
    public string Actor => $"account:{AccountId:D}";

    /// <summary>What it may see.</summary>
    public Viewer Viewer => Scopes.Count == 0 ? Viewer.Public : new Viewer(Requester, SeesAll: Has(Scope.Admin));
}
