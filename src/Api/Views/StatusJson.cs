using System.Globalization;
using System.Text.Json;
using Debci.Projections;

namespace Debci.Api.Views;

/// <summary>debci's counts of a day: <c>{"pass":1,"fail":0,"neutral":0,"tmpfail":0,"total":1,"date":"2026-11-22T14:55:14"}</c>.</summary>
public static class StatusJson
{
    /// <summary>Every day from the first on that anything is known of, until today; none when nothing is known.</summary>
    /// <param name="changed">The days on which something changed, the oldest first.</param>
    /// <param name="today">The last day.</param>
    public static IEnumerable<StatusDay> EveryDay(IReadOnlyList<StatusDay> changed, DateOnly today)
    {
        for (var i = 0; i < changed.Count; i++)
        {
            var next = i + 1 < changed.Count ? changed[i + 1].Day : Later(today.AddDays(1), changed[i].Day.AddDays(1)); // the log's clock may be a little ahead of ours
            for (var day = changed[i].Day; day < next; day = day.AddDays(1))
                yield return changed[i] with { Day = day };
        }
    }

    /// <summary>How it stands now.</summary>
    public static StatusDay Now(IReadOnlyList<StatusDay> changed, DateOnly today) => changed.Count == 0 ? new StatusDay(today, 0, 0, 0, 0) : changed[^1] with { Day = Later(today, changed[^1].Day) };

    /// <summary>Writes one. A day that is over ends at its last second; today's time is that of the newest change.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="day">The day.</param>
    /// <param name="changedAt">When the newest change was recorded.</param>
    /// <param name="today">Which day it is.</param>
    public static void Write(Utf8JsonWriter json, StatusDay day, DateTime? changedAt, DateOnly today)
    {
        json.WriteStartObject();
        json.WriteNumber("pass", day.Pass);
        json.WriteNumber("fail", day.Fail);
        json.WriteNumber("neutral", day.Neutral);
        json.WriteNumber("tmpfail", day.Tmpfail);
        json.WriteNumber("total", day.Total);
        json.WriteString("date", TimeOf(day.Day, changedAt, today).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    /// <summary>The same as bytes, alone.</summary>
    public static byte[] Bytes(StatusDay day, DateTime? changedAt, DateOnly today) => Bytes(json => Write(json, day, changedAt, today));

    /// <summary>All of them, as an array.</summary>
    public static byte[] Bytes(IEnumerable<StatusDay> days, DateTime? changedAt, DateOnly today) => Bytes(json =>
    {
        json.WriteStartArray();
        foreach (var day in days)
            Write(json, day, changedAt, today);
        json.WriteEndArray();
    });

    private static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            write(json);
        return stream.ToArray();
    }

    private static DateTime TimeOf(DateOnly day, DateTime? changedAt, DateOnly today) =>
        day < today ? day.ToDateTime(new TimeOnly(23, 59, 59))
        : changedAt is { } at && DateOnly.FromDateTime(at) == day ? at : day.ToDateTime(TimeOnly.MinValue);

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;
}
