using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace Debci.Api.Pages.Parts;

/// <summary>The small parts of which tables have hundreds: fragments and not components, which would each be an object with a life of its own.</summary>
public static class Show
{
    /// <summary>A status or state: a sign, its word, and a colour; never the colour alone.</summary>
    public static RenderFragment Status(string word) => builder =>
    {
        builder.OpenElement(0, "span");
        builder.AddAttribute(1, "class", $"status {word}");
        builder.AddMarkupContent(2, $"<span class=\"sign\" aria-hidden=\"true\">{SignOf(word)}</span>");
        builder.AddContent(3, word);
        builder.CloseElement();
    };

    /// <summary>How long ago a moment was, with the whole of it for those who point at it.</summary>
    public static RenderFragment Time(DateTimeOffset at, DateTimeOffset now) => Time(at, Words.Ago(at, now));

    /// <summary>A moment, whole.</summary>
    public static RenderFragment Moment(DateTimeOffset at) => Time(at, Words.Moment(at));

    private static RenderFragment Time(DateTimeOffset at, string text) => builder =>
    {
        builder.OpenElement(0, "time");
        builder.AddAttribute(1, "datetime", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        builder.AddAttribute(2, "title", Words.Moment(at));
        builder.AddContent(3, text);
        builder.CloseElement();
    };

    private static string SignOf(string word) => word switch
    {
        "pass" => "✓",
        "fail" or "flaky" => "✗",
        "neutral" or "skip" => "–",
        "tmpfail" or "abandoned" => "!",
        "running" => "▸",
        "pending" => "·",
        _ => "×",
    };
}
