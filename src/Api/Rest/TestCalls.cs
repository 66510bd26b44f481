using System.Globalization;
using System.Text.Json;
using Debci.Api.Amqp;
using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Api.Requests;
using Debci.Api.Runs;
using Debci.Domain;
using Mediator;

namespace Debci.Api.Rest;

/// <summary>Requests and what is known of single runs.</summary>
internal static class TestCalls
{
    /// <summary>
    /// <c>POST /api/v1/test/{suite}/{arch}</c>: 201 when all are taken, with the run of each; 400 and nothing is taken when one is bad.
    /// Tests on a reject list are passed over, as debci does; one that is pending already is not asked for twice.
    /// </summary>
    public static async Task<IResult> Request(string suite, string arch, HttpContext http, IMediator mediator, LiveConfiguration live)
    {
        http.MustHave(Scope.Request); // before a large body is read
        if ((live.Archive.CheckSuite(suite) ?? live.Archive.CheckArch(arch)) is { } unknown)
            throw new RefusedException(unknown);
        var form = await Form(http);
        var priority = Priority(form["priority"]);
        using var tests = await Tests(form, http.RequestAborted);
        var items = tests.RootElement.EnumerateArray().Select((item, i) => TestItem.Read(item, suite, arch, priority, $"tests[{i}]")).ToList();
        return await Store(http, mediator, items, OnBadRequest.PassOverRejected);
    }

    /// <summary>Asks for tests, all of them or none: 201 with the run of each.</summary>
    public static async Task<IResult> Store(HttpContext http, IMediator mediator, IReadOnlyList<TestRequest> items, OnBadRequest onBad)
    {
        if (items.Count == 0)
            return Results.Json(new { runs = Array.Empty<long?>() }, statusCode: 201);
        try
        {
            var stored = await mediator.Send(new RequestRuns(http.Caller(), BatchId: null, items, onBad), http.RequestAborted);
            return Results.Json(new { runs = stored.Answers.Select(a => a.RunId) }, statusCode: 201);
        }
        catch (RefusedException refused) when (refused.Refusal.Path?.StartsWith("tests[", StringComparison.Ordinal) is true)
        {
            throw new RefusedException(RefusalCode.Invalid, refused.Refusal.Sentence, refused.Refusal.Path); // debci's 400, whatever is wrong with a test
        }
    }

    /// <summary><c>POST /api/v1/test/publish</c>: the caller's private runs in <c>run_ids</c> become public, others' are ignored. 200 with those that are public now.</summary>
    public static async Task<IResult> Publish(HttpContext http, IMediator mediator)
    {
        http.MustHave(Scope.Request);
        var text = (await Form(http)).TryGetValue("run_ids", out var field) ? field : http.Request.Query["run_ids"];
        var ids = text.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(id => Id(id, "run_ids", RefusalCode.Invalid)).ToList();
        if (ids.Count == 0)
            throw new RefusedException(RefusalCode.Invalid, "run_ids names no run; give numbers with commas between them.", "run_ids");
        var done = await mediator.Send(new PublishRuns(http.Caller(), ids), http.RequestAborted);
        return Results.Json(new { runs = done.Runs });
    }

    /// <summary><c>GET /api/v1/job_state/{id}</c>: <c>pending</c> until the run is over, then <c>completed</c>; also for one that was delivered by AMQP and is no longer its fleet's.</summary>
    public static async Task<IResult> State(string run, HttpContext http, KnownRuns known, Deliveries deliveries)
    {
        var row = await known.Get(Id(run, "run", RefusalCode.UnknownRun), http.Caller(), http.RequestAborted);
        return Results.Json(new { state = row.IsOver || await deliveries.IsGone(row.Key.Id, http.RequestAborted) ? "completed" : "pending" });
    }

    /// <summary>A run's number out of an address or a list.</summary>
    public static long Id(string text, string path, RefusalCode otherwise) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : throw new RefusedException(otherwise, $"{StoredText.Quote(text)} is no run; runs have numbers.", path);

    /// <summary>The fields of a body, <c>application/x-www-form-urlencoded</c> or <c>multipart/form-data</c>; none when it is something else.</summary>
    public static async Task<IFormCollection> Form(HttpContext http)
    {
        if (!http.Request.HasFormContentType)
            return FormCollection.Empty;
        try
        {
            return await http.Request.ReadFormAsync(Large, http.RequestAborted);
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException && !http.RequestAborted.IsCancellationRequested)
        {
            throw new RefusedException(RefusalCode.Invalid, $"The form cannot be read: {failure.Message}");
        }
    }

    // 500 tests with 90 triggers each are one value of a megabyte.
    private static readonly Microsoft.AspNetCore.Http.Features.FormOptions Large = new() { ValueLengthLimit = 32 << 20, BufferBodyLengthLimit = 32 << 20, MultipartBodyLengthLimit = 32 << 20 };

    /// <summary>A priority; the usual one for none.</summary>
    public static int Priority(string? text) => string.IsNullOrEmpty(text) ? TestRequest.DefaultPriority
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var priority) && priority is >= 1 and <= 10 ? priority
        : throw new RefusedException(RefusalCode.Invalid, $"The priority {StoredText.Quote(text)} is out of range; give 1 (last) to 10 (first).", "priority");

    /// <summary>The list in the field <c>tests</c>, or in a file of that name.</summary>
    public static async Task<JsonDocument> Tests(IFormCollection form, CancellationToken cancellation)
    {
        try
        {
            await using var file = form.Files["tests"]?.OpenReadStream();
            var tests = file is not null ? await JsonDocument.ParseAsync(file, cancellationToken: cancellation)
                : form.TryGetValue("tests", out var text) ? JsonDocument.Parse(text.ToString())
                : throw new RefusedException(RefusalCode.Invalid, "The form has no field tests; it holds a JSON list of the tests, in the field or in a file.", "tests");
            return tests.RootElement.ValueKind == JsonValueKind.Array ? tests
                : throw new RefusedException(RefusalCode.Invalid, "The field tests is no list; write [{\"package\": \"green\"}].", "tests");
        }
        catch (JsonException bad)
        {
            throw new RefusedException(RefusalCode.Invalid, $"The field tests is no JSON that can be read: {bad.Message}", "tests");
        }
    }
}
