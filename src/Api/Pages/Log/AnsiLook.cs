using System.Globalization;

namespace Debci.Api.Pages.Log;

/// <summary>How a terminal would show text. Colours are the sixteen that every terminal has; others become the nearest of them.</summary>
/// <param name="Ink">1 to 16 for a colour; 0 for the ordinary one.</param>
/// <param name="Ground">The same, behind the text.</param>
/// <param name="Bold">Heavier.</param>
/// <param name="Underlined">With a line below.</param>
/// <param name="Inverse">With ink and ground exchanged.</param>
internal readonly record struct AnsiLook(int Ink, int Ground, bool Bold, bool Underlined, bool Inverse)
{
    private static readonly (int R, int G, int B)[] Palette =
    [
        (0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170),
        (85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255), (255, 85, 255), (85, 255, 255), (255, 255, 255),
    ];

    /// <summary>The look behind the parameters of "select graphic rendition", such as <c>1;31</c>. What is not known changes nothing.</summary>
    public AnsiLook With(string parameters)
    {
        var look = this;
        var numbers = parameters.Split(';', ':').Select(p => p.Length == 0 ? 0 : int.TryParse(p, NumberStyles.None, null, out var n) ? n : -1).ToArray();
        for (var i = 0; i < numbers.Length; i++)
        {
            if (numbers[i] is 38 or 48)
            {
                var colour = Extended(numbers, ref i, out var isInk);
                look = colour == 0 ? look : isInk ? look with { Ink = colour } : look with { Ground = colour };
            }
            else
            {
                look = look.With(numbers[i]);
            }
        }
        return look;
    }

    /// <summary>As classes of the stylesheet.</summary>
    public override string ToString() => string.Join(' ', new[]
    {
        Ink == 0 ? "" : $"f{Ink - 1}", Ground == 0 ? "" : $"g{Ground - 1}", Bold ? "bold" : "", Underlined ? "underlined" : "", Inverse ? "inverse" : "",
    }.Where(word => word.Length > 0));

    private AnsiLook With(int number) => number switch
    {
        0 => default,
        1 => this with { Bold = true },
        4 => this with { Underlined = true },
        7 => this with { Inverse = true },
        22 => this with { Bold = false },
        24 => this with { Underlined = false },
        27 => this with { Inverse = false },
        >= 30 and <= 37 => this with { Ink = number - 29 },
        39 => this with { Ink = 0 },
        >= 40 and <= 47 => this with { Ground = number - 39 },
        49 => this with { Ground = 0 },
        >= 90 and <= 97 => this with { Ink = number - 81 },
        >= 100 and <= 107 => this with { Ground = number - 91 },
        _ => this,
    };

    // 38;5;N is one of 256 colours, 38;2;R;G;B any; 48 the same for the ground. 0 when it is cut short.
    private static int Extended(int[] numbers, ref int at, out bool isInk)
    {
        isInk = numbers[at] == 38;
        switch (numbers.Length - at)
        {
            case >= 3 when numbers[at + 1] == 5:
                at += 2;
                return Of256(numbers[at]);
            case >= 5 when numbers[at + 1] == 2:
                at += 4;
                return Nearest(numbers[at - 2], numbers[at - 1], numbers[at]);
            default:
                at = numbers.Length;
                return 0;
        }
    }

    private static int Of256(int number) => number switch
    {
        >= 0 and <= 15 => number + 1,
        >= 16 and <= 231 => Nearest(Step((number - 16) / 36), Step((number - 16) / 6 % 6), Step((number - 16) % 6)),
        >= 232 and <= 255 => Nearest(8 + (10 * (number - 232)), 8 + (10 * (number - 232)), 8 + (10 * (number - 232))),
        _ => 0,
    };

    private static int Step(int level) => level == 0 ? 0 : 55 + (40 * level);

    private static int Nearest(int r, int g, int b) =>
        1 + Enumerable.Range(0, 16).MinBy(i => Square(Palette[i].R - r) + Square(Palette[i].G - g) + Square(Palette[i].B - b));

    private static long Square(long number) => number * number;
}
