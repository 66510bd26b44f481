namespace Debci.Api.Audit;

/// <summary>What a check has found, in sentences.</summary>
public static class VerifyWords
{
    /// <summary>One sentence a line, and whether all is as it was.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="publicKey">Whose signatures count; null: those that heads claim themselves.</param>
    public static (IReadOnlyList<string> Lines, bool AllIsWell) Of(LogFindings found, string? publicKey)
    {
        var lines = new List<string>();
        var well = found.Difference is null;
        lines.Add(found.Difference is { } part ? $"WRONG: {part.Sentence}; events and stored leaves part at number {part.Number}."
            : $"{found.Size} events agree with their stored leaves{(found.Newer ? "; newer ones have no number yet" : "")}. The root is {Convert.ToHexStringLower(found.Root)}.");
        foreach (var one in found.Heads)
        {
            var (sentence, holds) = Of(one, found, publicKey);
            lines.Add($"{(holds ? "" : "WRONG: ")}{sentence}");
            well &= holds;
        }
        if (found.Heads.Count > 0 && publicKey is null)
            lines.Add($"These heads say themselves that they are signed by {string.Join(", ", found.Heads.Select(h => h.Head.Key).Distinct())}; give --public-key to be sure of it.");
        if (found.Heads.Count == 0)
            lines.Add("No head was given: who can change events can have their leaves made again, and only a head that others hold tells.");
        return (lines, well);
    }

    private static (string Sentence, bool Holds) Of(HeadFinding one, LogFindings found, string? publicKey)
    {
        var name = $"The head of {one.Head.At} over {one.Head.Size} events";
        if (!one.Head.IsSignedBy(publicKey ?? one.Head.Key))
            return ($"{name} is not signed by {publicKey ?? one.Head.Key}.", false);
        return one.Holds switch
        {
            true => ($"{name} holds.", true),
            null => ($"{name} covers more than there are, {found.Size}: events were removed, or this is an older copy of the log.", false),
            false => ($"{name} does not hold: an event behind position {one.From}, at or before position {one.To}, was changed, removed or inserted after that head was made"
                + (found.Difference is null ? "; the stored leaves agree with it, so they were made again." : "."), false),
        };
    }
}
