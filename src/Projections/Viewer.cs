namespace Debci.Projections;

/// <summary>Who looks: every query takes one, so that private rows show only to those who may see them.</summary>
/// <param name="Account">Account id as in events; null for everybody else.</param>
/// <param name="SeesAll">Whether private rows of others show too (operators).</param>
public sealed record Viewer(string? Account, bool SeesAll)
{
    /// <summary>Anybody: sees what is public.</summary>
    public static readonly Viewer Public = new(null, false);

    /// <summary>The condition on a row's columns <c>private</c> and <c>requester</c>, over the parameters <c>@Account</c> and <c>@SeesAll</c>.</summary>
    internal const string MaySee = "(not private or @SeesAll or requester = @Account)";
}
