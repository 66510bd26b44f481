using System.Globalization;
using System.Security;
using System.Text;

namespace Debci.Api.Views.Badges;

/// <summary>A small picture that tells a status, for pages elsewhere.</summary>
public static class Badge
{
    private const int Height = 20;
    private const double OfCharacter = 6.6; // of Verdana at 11 pixels, on average

    /// <summary>The picture, which says the same in words to who cannot see it.</summary>
    /// <param name="label">What it is about.</param>
    /// <param name="text">How that is.</param>
    /// <param name="status">The word whose colour it has; any other is grey.</param>
    public static byte[] Svg(string label, string text, string status)
    {
        var (left, right) = (Width(label), Width(text));
        var (first, second) = (SecurityElement.Escape(label), SecurityElement.Escape(text));
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{Height}" role="img" aria-label="{first}: {second}">
              <title>{first}: {second}</title>
              <rect width="{left}" height="{Height}" fill="#454a50"/>
              <rect x="{left}" width="{right}" height="{Height}" fill="{ColourOf(status)}"/>
              <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
                <text x="{left / 2.0}" y="14" textLength="{left - 10}">{first}</text>
                <text x="{left + (right / 2.0)}" y="14" textLength="{right - 10}">{second}</text>
              </g>
            </svg>

            """));
    }

    private static int Width(string text) => 10 + (int)Math.Ceiling(text.Length * OfCharacter);

    // White on each of them can be read (a contrast of 4.5 and more).
    private static string ColourOf(string status) => status switch
    {
        "pass" => "#15692c",
        "fail" => "#b3201f",
        "tmpfail" => "#8a5200",
        _ => "#5a5f66",
    };
}
