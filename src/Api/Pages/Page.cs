using Debci.Domain;

namespace Debci.Api.Pages;

/// <summary>One page, before it is rendered.</summary>
/// <param name="Title">What it is; its heading and the browser's title.</param>
/// <param name="Body">The component that shows it.</param>
/// <param name="View">What that component shows.</param>
/// <param name="GraphQL">The query that gives the same data.</param>
/// <param name="Above">The pages above it: title and address, the topmost first.</param>
/// <param name="Live">Which runs' changes concern it, as the arguments of a <c>RunFilter</c>; null for a page that does not change.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="AsOf">The moment that it is of; null for now.</param>
/// <param name="Now">Of a past page: its address now.</param>
/// <param name="Feed">The address of its news as Atom; null when it has none.</param>
public sealed record Page(
    string Title, Type Body, object View, string GraphQL = "{ server { suites arches position } }",
    IReadOnlyList<(string Title, string Address)>? Above = null, IReadOnlyDictionary<string, string>? Live = null, int Status = 200,
    PageMoment? AsOf = null, string? Now = null, string? Feed = null)
{
    /// <summary>Every run's changes.</summary>
    public static readonly IReadOnlyDictionary<string, string> EveryRun = new Dictionary<string, string>();

    /// <summary>A page that says why there is nothing to show.</summary>
    public static Page Refused(int status, string sentence) =>
        new(status == 404 ? "Not found" : status < 500 ? "Refused" : "Not now", typeof(Parts.RefusedBody), sentence, Status: status);
}

/// <summary>Addresses of pages. Names are escaped, whatever they hold.</summary>
public static class Addresses
{
    /// <summary>A package on all suites and architectures.</summary>
    public static string Package(string package) => $"/packages/{Uri.EscapeDataString(package)}";

    /// <summary>A package's results on one suite and architecture.</summary>
    public static string History(string package, string suite, string arch) => $"{Package(package)}/{Uri.EscapeDataString(suite)}/{Uri.EscapeDataString(arch)}";

    /// <summary>A suite on an architecture.</summary>
    public static string Suite(string suite, string arch) => $"/suites/{Uri.EscapeDataString(suite)}/{Uri.EscapeDataString(arch)}";

    /// <summary>A run.</summary>
    public static string Run(long run) => $"/runs/{run}";

    /// <summary>An address with those of the parameters that have a value.</summary>
    public static string With(string address, params (string Name, string? Value)[] parameters)
    {
        var given = parameters.Where(p => !string.IsNullOrEmpty(p.Value)).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}").ToList();
        return given.Count == 0 ? address : $"{address}?{string.Join('&', given)}";
    }

    /// <summary>A query in a browser.</summary>
    public static string GraphQL(string query) => $"/graphql?query={Uri.EscapeDataString(query)}";

    /// <summary>A text as a string in a GraphQL document.</summary>
    public static string Literal(string text) => System.Text.Json.JsonSerializer.Serialize(StoredText.Clean(text, 200));
}
