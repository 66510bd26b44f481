using Debci.Api.Files;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Views.Swift;

/// <summary>
/// <c>/swift/ACCOUNT/autopkgtest-SUITE</c>: the public results of an account as Ubuntu's gate expects them in Swift's containers. A view like the others:
/// nothing is stored twice, and a result is listed once it is there whole, which is what writing <c>result.tar</c> last is for.
/// </summary>
public sealed class SwiftViews(StampedResults results, AccessKeys accounts, ServedFiles files)
{
    private const string Container = "autopkgtest-";
    private const string Tar = "result.tar";
    private const string End = "@";

    /// <summary>
    /// The container's list with <c>delimiter=@</c>, <c>prefix=SUITE/ARCH/PREFIX/PACKAGE/</c> and, if given, behind <c>marker</c>: a line for each result, in the
    /// order in which they came; 204 when there is none.
    /// </summary>
    public async Task<IResult> List(string account, string container, HttpContext http, string prefix = "", string marker = "", string delimiter = "")
    {
        if (delimiter != End || prefix.Split('/') is not [var suite, var arch, var letters, var package, ""] || container != Container + suite || package.Length == 0 || letters != Names.Prefix(package))
            throw new RefusedException(RefusalCode.Invalid, "Only the results of one package are listed here: delimiter=@ and prefix=SUITE/ARCH/PREFIX/PACKAGE/, with the container's suite.");
        var names = await results.Names(await Place(account, suite, arch, package, http), name => string.CompareOrdinal(prefix + name + End, marker) > 0, http.RequestAborted);
        var lines = string.Concat(names.Select(name => $"{prefix}{name}{End}\n"));
        http.Response.Headers.CacheControl = "no-cache";
        return lines.Length == 0 ? Results.NoContent() : Results.Text(lines, "text/plain; charset=utf-8");
    }

    /// <summary><c>result.tar</c> of a result, or a file of its run.</summary>
    public async Task<IResult> File(string account, string container, string suite, string arch, string package, string stamp, string file, HttpContext http)
    {
        var result = container == Container + suite && stamp.EndsWith(End, StringComparison.Ordinal)
            ? await results.Find(await Place(account, suite, arch, package, http), stamp[..^End.Length], http.RequestAborted) : null;
        if (result is null)
            throw new RefusedException(RefusalCode.UnknownRun, $"There is no result {StoredText.Quote(stamp)} of {StoredText.Quote(package)} here.");
        return file == Tar ? Results.Bytes(ResultTar.Of(package, result), StorePath.ContentTypeOf(Tar)) : await files.Serve(await files.Run(result.Run, suite, arch, package, http), file, http);
    }

    private async Task<StampedPlace> Place(string account, string suite, string arch, string package, HttpContext http) =>
        await accounts.IdOf(account, http.RequestAborted) is { } id ? new StampedPlace($"{id}", suite, arch, package)
            : throw new RefusedException(RefusalCode.UnknownRun, $"There is no account {StoredText.Quote(account)} here; the address is /swift/ACCOUNT/autopkgtest-SUITE.");
}
