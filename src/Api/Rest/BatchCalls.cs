using System.Text.Json;
using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Api.Requests;
using Debci.Domain;
using Mediator;

namespace Debci.Api.Rest;

/// <summary>The other two ways to ask for tests: one alone, and many for several suites and architectures at once.</summary>
internal static class BatchCalls
{
    private static readonly char[] BetweenSources = [',', ' '];

    /// <summary>
    /// <c>POST /api/v1/test/{suite}/{arch}/{package}</c>: 201 with its run; 400 when anything is wrong with it, also when it is on a reject list.
    /// </summary>
    public static async Task<IResult> One(string suite, string arch, string package, HttpContext http, IMediator mediator, LiveConfiguration live)
    {
        http.MustHave(Scope.Request);
        var fields = Fields(await TestCalls.Form(http), http.Request.Query);
        var isPrivate = fields("is_private") switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw new RefusedException(RefusalCode.Invalid, "is_private is neither true nor false.", "is_private"),
        };
        if (fields("autopkgtest") is not null)
            throw new RefusedException(RefusalCode.Invalid, $"autopkgtest {TestItem.NoVariants}.", "autopkgtest");
        var sources = (fields("extra_apt_sources") ?? "").Split(BetweenSources, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var request = new TestRequest(package, suite, arch, (fields("trigger") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), [], sources, fields("backend"), TestCalls.Priority(fields("priority")), Private: isPrivate);
        return await TestCalls.Store(http, mediator, [request], OnBadRequest.RefuseBatch);
    }

    /// <summary>
    /// <c>POST /api/v1/test/batch</c>: <c>tests=[{"arch": […], "suite": "…", "tests": […]}]</c>; 201 with the run of each test on each architecture, in
    /// that order, or 400, and nothing of it is taken. Tests on a reject list are passed over, as ever.
    /// </summary>
    public static async Task<IResult> Many(HttpContext http, IMediator mediator)
    {
        http.MustHave(Scope.Request); // before a large body is read
        var form = await TestCalls.Form(http);
        var priority = TestCalls.Priority(form["priority"]);
        using var parts = await TestCalls.Tests(form, http.RequestAborted);
        // Each test for each architecture: not more of them are made than it takes to find that they are too many.
        var tests = parts.RootElement.EnumerateArray().SelectMany((part, i) => Read(part, priority, $"tests[{i}]")).Take(RequestRuns.MostTests + 1).ToList();
        return await TestCalls.Store(http, mediator, tests, OnBadRequest.PassOverRejected);
    }

    private static IEnumerable<TestRequest> Read(JsonElement part, int priority, string path)
    {
        if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("tests", out var tests) || tests.ValueKind != JsonValueKind.Array)
            throw new RefusedException(RefusalCode.Invalid, $"{path} holds no tests; write {{\"arch\": [\"amd64\"], \"suite\": \"testing\", \"tests\": [{{\"package\": \"green\"}}]}}.", path);
        var suite = TestItem.Text(part, "suite", path) ?? throw new RefusedException(RefusalCode.Invalid, $"{path}.suite is missing.", $"{path}.suite");
        foreach (var arch in Arches(part, path))
        {
            foreach (var (item, i) in tests.EnumerateArray().Select((item, i) => (item, i)))
                yield return TestItem.Read(item, suite, arch, priority, $"{path}.tests[{i}]");
        }
    }

    private static List<string> Arches(JsonElement part, string path) => !part.TryGetProperty("arch", out var arch) || arch.ValueKind == JsonValueKind.Null
        ? throw new RefusedException(RefusalCode.Invalid, $"{path}.arch is missing; write [\"amd64\"].", $"{path}.arch")
        : arch.ValueKind == JsonValueKind.Array ? TestItem.Words(arch, $"{path}.arch") : [TestItem.Text(part, "arch", path)!];

    // In the body or in the address, as debci takes them.
    private static Func<string, string?> Fields(IFormCollection form, IQueryCollection query) => name =>
        (form.TryGetValue(name, out var field) ? field : query[name]).ToString() is { Length: > 0 } text ? text : null;
}
