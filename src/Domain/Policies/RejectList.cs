namespace Debci.Domain;

/// <summary>Patterns with their reasons.</summary>
public sealed class RejectList
{
    private readonly (PackagePattern Pattern, string Reason)[] lines;

    /// <summary>Takes patterns that <see cref="PackagePattern.TryParse"/> reads; others match nothing.</summary>
    /// <param name="reasons">The reason by pattern.</param>
    public RejectList(IReadOnlyDictionary<string, string> reasons) =>
        lines = [.. reasons.Select(r => (PackagePattern.TryParse(r.Key), r.Value)).Where(l => l.Item1 is not null).Select(l => (l.Item1!, l.Value))];

    /// <summary>The refusal for a request that a pattern matches; null when none does.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="path">Where it stands in the input.</param>
    public Refusal? Check(TestRequest request, string path) =>
        lines.FirstOrDefault(l => l.Pattern.Matches(request.Package, request.Suite, request.Arch)) is ({ } pattern, var reason)
            ? new Refusal(RefusalCode.Rejected, $"{request.Package} is not tested in {request.Suite} on {request.Arch}: {reason} (reject list, {pattern.Text})", $"{path}.package")
            : null;
}
