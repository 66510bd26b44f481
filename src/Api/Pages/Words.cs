using System.Globalization;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages;

/// <summary>Times, spans and states in the words of the pages.</summary>
public static class Words
{
    /// <summary>How long ago, roughly: <c>just now</c>, <c>5 min ago</c>, <c>3 days ago</c>.</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now) => (now - at) switch
    {
        { TotalSeconds: < 45 } => "just now",
        { TotalMinutes: < 90 } span => $"{Math.Max(1, span.TotalMinutes):0} min ago",
        { TotalHours: < 36 } span => $"{span.TotalHours:0} h ago",
        { TotalDays: < 60 } span => $"{span.TotalDays:0} days ago",
        { TotalDays: < 730 } span => $"{span.TotalDays / 30.44:0} months ago",
        var span => $"{span.TotalDays / 365.25:0} years ago",
    };

    /// <summary>How far ahead, roughly: <c>now</c>, <c>in 5 min</c>, <c>in 3 days</c>.</summary>
    public static string Ahead(DateTimeOffset at, DateTimeOffset now) => (at - now) switch
    {
        { TotalSeconds: < 45 } => "now",
        { TotalMinutes: < 90 } span => $"in {Math.Max(1, span.TotalMinutes):0} min",
        { TotalHours: < 36 } span => $"in {span.TotalHours:0} h",
        var span => $"in {span.TotalDays:0} days",
    };

    /// <summary>What kind of name is paused.</summary>
    public static string Kind(PauseKind kind) => kind switch
    {
        PauseKind.Arch => "The architecture",
        PauseKind.Suite => "The suite",
        PauseKind.Backend => "The backend",
    };

    /// <summary>A moment, whole: <c>2026-11-23 14:05:09 UTC</c>.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A span in seconds: <c>42 s</c>, <c>3 min 05 s</c>, <c>2 h 10 min</c>; a dash for one that nobody knows.</summary>
    public static string Span(long? seconds) => seconds switch
    {
        null => "–",
        < 60 => $"{seconds} s",
        < 3600 => $"{seconds / 60} min {seconds % 60:00} s",
        _ => $"{seconds / 3600} h {seconds / 60 % 60:00} min",
    };

    /// <summary>A count with thin spaces between thousands, and its noun.</summary>
    public static string Count(long number, string one, string many) => $"{Number(number)} {(number == 1 ? one : many)}";

    /// <summary>A number with thin spaces between thousands.</summary>
    public static string Number(long number) => number.ToString("#,0", Thin);

    /// <summary>A size in bytes: <c>812 bytes</c>, <c>4.2 MB</c>.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => Count(bytes, "byte", "bytes"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
    };

    /// <summary>A status, or where a run without one stands, as debci writes it: one lower case word.</summary>
    public static string Of(RunRow run) => run.Status is { } status ? Of(status) : run.State.ToString().ToLowerInvariant();

    /// <summary>A status, as debci writes it.</summary>
    public static string Of(Status status) => status.ToString().ToLowerInvariant();

    private static readonly NumberFormatInfo Thin = new() { NumberGroupSeparator = "\u202f" };
}
