namespace Debci.Api.Schedule;

/// <summary>Stanzas of fields, as in Release, Sources and Packages: deb822(5). Read one by one, since an archive's index has 200 MB.</summary>
public static class Deb822
{
    /// <summary>The stanzas of a text; field names as they are written, lines that go on joined by line ends.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Read(TextReader text)
    {
        var stanza = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string? field = null;
        while (text.ReadLine() is { } line)
        {
            if (line.Length == 0 || string.IsNullOrWhiteSpace(line))
            {
                if (stanza.Count > 0)
                    yield return stanza;
                (stanza, field) = (new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase), null);
            }
            else if (line[0] is ' ' or '\t')
            {
                if (field is not null)
                    stanza[field] += "\n" + line.Trim();
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && line[0] != '#')
            {
                field = line[..colon];
                stanza[field] = line[(colon + 1)..].Trim();
            }
        }
        if (stanza.Count > 0)
            yield return stanza;
    }

    /// <summary>The words of a field that lists them, by commas, blanks or lines.</summary>
    public static IReadOnlyList<string> Words(this IReadOnlyDictionary<string, string> stanza, string field) =>
        stanza.TryGetValue(field, out var text) ? text.Split([',', ' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries) : [];
}
