namespace Debci.Api.Pages;

/// <summary>The moment that a page is of, where that is not now.</summary>
/// <param name="Position">Its position.</param>
/// <param name="Text">The same as a client keeps it: a link with it shows the same for ever.</param>
/// <param name="At">Its time.</param>
public sealed record PageMoment(long Position, string Text, DateTimeOffset At)
{
    /// <summary>The argument of a GraphQL field that asks for the same moment; nothing for now.</summary>
    public static string Argument(PageMoment? asOf) => asOf is null ? "" : $", asOf: {Addresses.Literal(asOf.Text)}";
}

/// <summary>Addresses as links of a page: those of a past page keep its moment.</summary>
/// <param name="AsOf">Its moment; null for now.</param>
public sealed record Links(string? AsOf)
{
    /// <summary>Those of a page of this moment.</summary>
    public static Links Of(PageMoment? asOf) => new(asOf?.Text);

    /// <summary>A package on all suites and architectures.</summary>
    public string Package(string package) => With(Addresses.Package(package));

    /// <summary>A package's results on one suite and architecture.</summary>
    public string History(string package, string suite, string arch) => With(Addresses.History(package, suite, arch));

    /// <summary>A suite on an architecture.</summary>
    public string Suite(string suite, string arch) => With(Addresses.Suite(suite, arch));

    /// <summary>An address with parameters.</summary>
    public string With(string address, params (string Name, string? Value)[] parameters) => Addresses.With(address, [.. parameters, ("asOf", AsOf)]);
}
