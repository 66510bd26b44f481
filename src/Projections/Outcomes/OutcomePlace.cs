using System.Security.Cryptography;
using System.Text;
using Debci.Domain;

namespace Debci.Projections;

/// <summary>
/// Where outcomes that count for the same stand together: a hash of requester, suite, arch, package and trigger. A request may have 90
/// triggers, and their names would be most of the table. Who looks there compares the names themselves too.
/// </summary>
internal static class OutcomePlace
{
    private const int Length = 16;

    /// <summary>The SQL that makes it of five expressions.</summary>
    public static string Sql(string requester, string suite, string arch, string package, string trigger) =>
        $"substr(sha256(convert_to(concat_ws(' ', {requester}, {suite}, {arch}, {package}, {trigger}), 'UTF8')), 1, {Length})";

    /// <summary>The same here.</summary>
    public static byte[] Of(string requester, RunKey run, string trigger) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{requester} {run.Suite} {run.Arch} {run.Package} {trigger}"))[..Length];
}
