using Debci.Api.Configuration;
using Debci.Api.Files;
using Debci.Api.GraphQL;
using Debci.Api.Http;
using Debci.Api.Keys;
using Debci.Domain;
using Mediator;

namespace Debci.Api.Claims;

/// <summary>The worker protocol, version 1, as <c>ops/worker-protocol.md</c> describes it.</summary>
public static class WorkerEndpoints
{
    private const long LogRangeBytes = 4 << 20;
    private const long ReportBytes = 32 << 20; // a summary of 4 MiB, every character of it escaped
    private const int MostWaitSeconds = 60;

    /// <summary>Maps <c>/worker/v1</c>.</summary>
    public static void MapWorkers(this IEndpointRouteBuilder routes)
    {
        var v1 = routes.MapGroup("/worker/v1");
        v1.MapPost("/claim", Claim);
        var attempt = v1.MapGroup("/runs/{run:long}/attempts/{attempt:int}");
        attempt.MapPost("/heartbeat", Heartbeat);
        attempt.MapGet("/log", LogSize);
        attempt.MapPost("/log", AppendLog).WithMetadata(new BodyLimit(LogRangeBytes));
        attempt.MapPut("/artifacts", PutArtifacts).WithMetadata(BodyLimit.None); // the file store has its own limit
        attempt.MapPost("/artifacts/offer", OfferArtifacts);
        attempt.MapPost("/artifacts/sent", TakeArtifacts);
        attempt.MapPut("/testbed-packages", PutTestbedPackages);
        attempt.MapPost("/report", Report).WithMetadata(new BodyLimit(ReportBytes));
    }

    /// <summary>The body of a claim.</summary>
    public sealed record ClaimBody(
        Guid Claim, string Worker, IReadOnlyList<string> Arches, IReadOnlyList<string> Backends, string Software = "", int WaitSeconds = 0,
        IReadOnlyList<string>? Tags = null, int Capacity = 1);

    /// <summary>The answer to a claim.</summary>
    public sealed record ClaimAnswer(
        long Run, int Attempt, string Package, string Suite, string Arch, IReadOnlyList<string> Triggers, IReadOnlyList<Pin> Pins,
        IReadOnlyList<string> ExtraSources, string Backend, int LeaseSeconds, int TimeoutSeconds, double TimeoutFactor,
        string? Mirror, string? Keyring, IReadOnlyList<string>? Components, bool DirectUploads);

    /// <summary>The body of a report.</summary>
    public sealed record ReportBody(
        int? ExitCode, string Summary, string TestpkgVersion, DateTimeOffset StartedAt, int DurationSeconds, bool TimedOut, long LogSize,
        IReadOnlyList<InstalledPackage>? Installed = null, bool LogTooLarge = false);

    private static async Task<IResult> Claim(ClaimBody body, HttpContext http, IMediator mediator, LiveConfiguration live, ArtifactStore artifacts)
    {
        var wait = TimeSpan.FromSeconds(Math.Clamp(body.WaitSeconds, 0, MostWaitSeconds));
        var claimed = await mediator.Send(
            new ClaimRun(
            http.Caller(), body.Claim, body.Worker, new Offer(body.Arches, body.Backends, body.Tags ?? []), body.Capacity, body.Software, wait), http.RequestAborted);
        if (claimed is null)
            return Results.NoContent();
        var lease = claimed.Lease;
        var settings = live.Current.SettingsOf(lease.Run.Suite, lease.Run.Arch);
        return Results.Json(new ClaimAnswer(lease.Run.Id, lease.Attempt, lease.Run.Package, lease.Run.Suite, lease.Run.Arch, lease.Asked.Triggers, claimed.Pins,
            [.. claimed.ExtraSources.Select(live.Current.EntryOf)], lease.Backend, live.Current.LeaseSeconds, live.Current.TimeoutSecondsOf(lease.Run.Suite, lease.Run.Arch),
            settings.TimeoutFactor ?? 1, settings.Mirror, settings.Keyring, settings.Components, artifacts.OffersUploads));
    }

    private static async Task<IResult> Heartbeat(long run, int attempt, string worker, HttpContext http, Leases leases, LiveConfiguration live)
    {
        http.MustHave(Scope.Report);
        if (!await leases.Prolong(run, attempt, worker, http.Caller().AccountId, live.Current.LeaseSeconds, http.RequestAborted))
            throw NotYours(run, attempt);
        await leases.Heard(worker, http.RequestAborted); // known by its lease
        return Results.Json(new { live.Current.LeaseSeconds });
    }

    private static async Task<IResult> LogSize(long run, int attempt, string worker, HttpContext http, Leases leases, LogStore logs)
    {
        var lease = await Held(run, attempt, worker, http, leases);
        return Results.Json(new { Size = (await logs.Size(lease.Run, attempt, http.RequestAborted)).Sent });
    }

    private static async Task<IResult> AppendLog(long run, int attempt, string worker, long offset, HttpContext http, Leases leases, LogStore logs)
    {
        var lease = await Held(run, attempt, worker, http, leases);
        var appended = await logs.Append(lease.Run, attempt, offset, http.Request.Body, http.RequestAborted);
        return appended switch
        {
            LogAppend.Gap gap => Gap(gap.Size),
            LogAppend.Taken taken => Results.Json(new { taken.Size }),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static async Task<IResult> PutArtifacts(long run, int attempt, string worker, HttpContext http, Leases leases, ArtifactStore artifacts)
    {
        var lease = await Held(run, attempt, worker, http, leases);
        return Results.Json(await artifacts.PutArtifacts(lease.Run, attempt, http.Request.Body, http.RequestAborted));
    }

    private static async Task<IResult> OfferArtifacts(long run, int attempt, string worker, UploadFacts facts, HttpContext http, Leases leases, ArtifactStore artifacts)
    {
        var lease = await Held(run, attempt, worker, http, leases);
        return await artifacts.OfferArtifacts(lease.Run, attempt, facts, http.RequestAborted) is { } offer ? Results.Json(offer) : Results.NoContent();
    }

    private static async Task<IResult> TakeArtifacts(long run, int attempt, string worker, Guid ticket, UploadFacts facts, HttpContext http, Leases leases, ArtifactStore artifacts)
    {
        var lease = await Held(run, attempt, worker, http, leases);
        return Results.Json(await artifacts.TakeArtifacts(lease.Run, attempt, ticket, facts, http.RequestAborted));
    }

    private static async Task<IResult> PutTestbedPackages(long run, int attempt, string worker, HttpContext http, Leases leases, ArtifactStore artifacts)
    {
        var lease = await Held(run, attempt, worker, http, leases);
        return Results.Json(await artifacts.PutTestbedPackages(lease.Run, attempt, http.Request.Body, http.RequestAborted));
    }

    private static async Task<IResult> Report(long run, int attempt, string worker, ReportBody body, HttpContext http, IMediator mediator, Positions positions)
    {
        try
        {
            var told = await mediator.Send(new ReportAttempt(
                http.Caller(), run, attempt, worker, body.ExitCode, body.Summary, body.TestpkgVersion, body.StartedAt,
                Math.Max(0, body.DurationSeconds), body.TimedOut, body.LogSize, CheckInstalled(body.Installed), body.LogTooLarge), http.RequestAborted);
            return Results.Json(new
            {
                Position = positions.Show(told.Position),
                State = told.Run is Run.Ended ended ? ended.End.ToString().ToUpperInvariant() : "PENDING",
                Status = (told.Run as Run.Ended)?.Last?.Status.ToString().ToUpperInvariant(),
            });
        }
        catch (LogGapException gap)
        {
            return Gap(gap.Size);
        }
    }

    // As many as a request may have triggers; names and versions by Debian's rules, or they are no packages.
    private static List<InstalledPackage> CheckInstalled(IReadOnlyList<InstalledPackage>? installed) =>
        [.. (installed ?? []).Where(p => p is { Name: not null, Version: not null } && Names.IsPackage(p.Name) && Names.IsVersion(p.Version)).Take(TestRequest.MostTriggers)];

    private static async Task<Lease> Held(long run, int attempt, string worker, HttpContext http, Leases leases)
    {
        http.MustHave(Scope.Report);
        return await leases.Held(run, attempt, worker, http.Caller().AccountId, http.RequestAborted) ?? throw NotYours(run, attempt);
    }

    private static IResult Gap(long size) => Results.Json(
        new { Code = "LOG_GAP", Message = $"The server has {size} bytes of this log; send the rest from there.", Size = size }, statusCode: 409);

    private static RefusedException NotYours(long run, int attempt) => new(RefusalCode.Conflict,
        $"Attempt {attempt} of run {run} is not yours: it was ended, lost or given to another worker. Drop it and claim anew.");
}
