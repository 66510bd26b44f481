using System.Text.Json.Nodes;
using Debci.Api.Configuration;
using Debci.Api.Dispatch;
using Debci.Projections;

namespace Debci.Api.Rest;

/// <summary><c>GET /api/v1/reject_list</c>: what is not tested, and why; the configured list and the one that operators made.</summary>
internal static class RejectListCall
{
    private const string Any = "*"; // debci's word for all of them

    /// <summary><c>{package: {suite: {arch: {version: comment}}}}</c>; names are globs, as they were given.</summary>
    public static async Task<IResult> Get(LiveConfiguration live, PoliciesQueries policies, Texts texts, HttpContext http)
    {
        var rows = await policies.Rejects(http.RequestAborted);
        var reasons = await texts.Find(rows.Select(r => r.Reason), http.RequestAborted);
        var list = new JsonObject();
        foreach (var (pattern, reason) in rows.Select(r => (r.Pattern, reasons[r.Reason])).Concat(live.Current.Rejects.Select(r => (r.Key, r.Value)))) // whoever is refused hears the configured one
        {
            var parts = pattern.Split('/');
            Of(Of(Of(list, parts[0]), Part(1)), Part(2))[Any] = reason;

            string Part(int part) => part < parts.Length ? parts[part] : Any;
        }
        return Results.Json(list);
    }

    private static JsonObject Of(JsonObject map, string key)
    {
        if (map[key] is not JsonObject found)
            map[key] = found = [];
        return found;
    }
}
