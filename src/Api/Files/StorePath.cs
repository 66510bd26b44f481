using System.Globalization;
using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>
/// The addresses of files in a store: <c>autopkgtest/SUITE/ARCH/PREFIX/PACKAGE/RUN/</c> for what a run shows in the end, and
/// <c>attempts/N/</c> under it for each attempt. Every part is checked, whoever made the key: no address leads anywhere else.
/// </summary>
public static class StorePath
{
    /// <summary>Under which everything is.</summary>
    public const string Top = "autopkgtest";

    /// <summary>The folder of a run.</summary>
    /// <exception cref="RefusedException">A part of the key is not fit for an address.</exception>
    public static string OfRun(RunKey run)
    {
        Require(Names.IsWord(run.Suite), "suite", run.Suite);
        Require(Names.IsWord(run.Arch), "architecture", run.Arch);
        Require(Names.IsPackage(run.Package), "source package", run.Package);
        Require(run.Id > 0, "run", Number(run.Id));
        return $"{Top}/{run.Suite}/{run.Arch}/{Names.Prefix(run.Package)}/{run.Package}/{Number(run.Id)}";
    }

    /// <summary>The folder of one attempt at a run.</summary>
    /// <exception cref="RefusedException">A part of the key is not fit for an address.</exception>
    public static string OfAttempt(RunKey run, int attempt)
    {
        Require(attempt > 0, "attempt", Number(attempt));
        return $"{OfRun(run)}/attempts/{Number(attempt)}";
    }

    /// <summary>A file that an attempt left.</summary>
    public static string Of(RunKey run, int attempt, RunFile file) => $"{OfAttempt(run, attempt)}/{NameOf(file)}";

    /// <summary>A file that a run shows.</summary>
    public static string Of(RunKey run, RunFile file) => $"{OfRun(run)}/{NameOf(file)}";

    /// <summary>The name of a file in either folder: debci's names.</summary>
    public static string NameOf(RunFile file) => file switch
    {
        RunFile.Log => "log.gz",
        RunFile.Artifacts => "artifacts.tar.gz",
        RunFile.Summary => "summary",
        RunFile.TestbedPackages => "testbed-packages",
    };

    /// <summary>What a browser is told that a file is.</summary>
    public static string ContentTypeOf(string path) => Path.GetExtension(path) switch
    {
        ".gz" => "application/gzip",
        ".tar" => "application/x-tar",
        _ => "text/plain; charset=utf-8",
    };

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Require(bool holds, string what, string value)
    {
        if (!holds)
            throw new RefusedException(RefusalCode.Invalid,
                $"{StoredText.Quote(value)} is no {what}; files are kept under names by Debian's rules.");
    }
}
