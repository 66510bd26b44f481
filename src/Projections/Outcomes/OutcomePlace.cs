namespace Debci.Projections;

/// <summary>
/// Where outcomes that count for the same stand together: a hash of requester, suite, arch, package and trigger. A request may have 90
/// triggers, and their names would be most of the table. Who looks there compares the names themselves too.
/// </summary>
internal static class OutcomePlace
{
    /// <summary>The SQL that makes it of five expressions.</summary>
    public static string Sql(string requester, string suite, string arch, string package, string trigger) =>
        $"substr(sha256(convert_to(concat_ws(' ', {requester}, {suite}, {arch}, {package}, {trigger}), 'UTF8')), 1, 16)";
}
