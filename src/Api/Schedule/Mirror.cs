using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Debci.Domain;

namespace Debci.Api.Schedule;

/// <summary>A suite's folder on a mirror. Nothing of it is believed that its keyring has not signed.</summary>
internal sealed class Mirror : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly HttpClient http;
    private readonly string dists;
    private readonly string suite;
    private readonly string keyring;
    private readonly DirectoryInfo aside = Directory.CreateTempSubdirectory("debci-schedule-");

    public Mirror(string suite, ScheduleSettings settings)
    {
        this.suite = settings.Suite ?? suite;
        (dists, keyring) = ($"{settings.Mirror.TrimEnd('/')}/dists/{this.suite}/", settings.Keyring);
        http = new HttpClient(new SocketsHttpHandler { Proxy = settings.Proxy is null ? null : new WebProxy(settings.Proxy), UseProxy = settings.Proxy is not null })
        { Timeout = Patience };
    }

    /// <summary>The suite's Release, its signature checked; and the hash of the file, by which an unchanged one is known.</summary>
    /// <exception cref="RefusedException">The signature is not good, or it is not what was asked for.</exception>
    public async Task<(Release Release, string Hash)> Release(DateTimeOffset now, CancellationToken cancellation)
    {
        var file = Path.Combine(aside.FullName, "InRelease");
        await Fetch("InRelease", file, 16 << 20, cancellation);
        return (Schedule.Release.Read(await Verified(file, cancellation), suite, now), await Hash(file, cancellation));
    }

    /// <summary>An index, fetched, checked and read stanza by stanza.</summary>
    /// <param name="release">The suite's.</param>
    /// <param name="index">Its path, as it is unpacked.</param>
    /// <param name="read">What becomes of a stanza; null for nothing.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="mustBe">Whether it is refused that the suite has none; else there is nothing in it.</param>
    /// <exception cref="RefusedException">It is missing, or is not what was signed.</exception>
    public async Task<IReadOnlyList<T>> Read<T>(
        Release release, string index, Func<IReadOnlyDictionary<string, string>, T?> read, CancellationToken cancellation, bool mustBe = false) where T : class
    {
        if (release.Best(index) is not { } file)
            return !mustBe ? [] : throw new RefusedException(RefusalCode.Invalid,
                $"The Release of {suite} names no {index}; look at components in [schedule], or try again later: what was in it would seem to be gone, and then to be new.");
        var local = Path.Combine(aside.FullName, "index");
        await Fetch(release.AddressOf(file), local, file.Size, cancellation);
        if (new FileInfo(local).Length != file.Size || await Hash(local, cancellation) != file.Sha256)
            throw new RefusedException(RefusalCode.Invalid, $"{dists}{file.Path} is not what its signed Release says; the mirror is being updated, or broken. Try again later.");
        using var unpacking = file.Path.EndsWith(".xz", StringComparison.Ordinal) ? Start("xz", ["-dc", "--", local]) : null;
        await using Stream plain = unpacking?.StandardOutput.BaseStream ?? (file.Path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(File.OpenRead(local), CompressionMode.Decompress) : File.OpenRead(local));
        using var text = new StreamReader(plain, Encoding.UTF8);
        return [.. Deb822.Read(text).Select(read).OfType<T>()];
    }

    public void Dispose()
    {
        http.Dispose();
        aside.Delete(recursive: true);
    }

    // gpgv gives the signed part alone: what stands around it in the file is nobody's word.
    private async Task<string> Verified(string file, CancellationToken cancellation)
    {
        var signed = Path.Combine(aside.FullName, "Release");
        File.Delete(signed);
        using var gpgv = Start("gpgv", ["--quiet", "--keyring", Path.GetFullPath(keyring), "--output", signed, file]);
        var words = await gpgv.StandardError.ReadToEndAsync(cancellation);
        await gpgv.WaitForExitAsync(cancellation);
        return gpgv.ExitCode == 0 && File.Exists(signed) ? await File.ReadAllTextAsync(signed, cancellation)
            : throw new RefusedException(RefusalCode.Invalid, $"{dists}InRelease has no good signature by {keyring}: {StoredText.Clean(words.Trim().Replace('\n', ' '), 300)}");
    }

    private async Task Fetch(string path, string to, long most, CancellationToken cancellation)
    {
        var address = new Uri(dists + path);
        await using var body = await Open(address, cancellation);
        await using var file = File.Create(to);
        var piece = new byte[1 << 16];
        for (int length; (length = await Read(body, piece, address, cancellation)) > 0;)
        {
            await file.WriteAsync(piece.AsMemory(0, length), cancellation);
            if (file.Length > most)
                throw new RefusedException(RefusalCode.TooLarge, $"{address} is larger than the {most} bytes that it should have.");
        }
    }

    private async Task<Stream> Open(Uri address, CancellationToken cancellation)
    {
        try
        {
            return address.IsFile ? File.OpenRead(address.LocalPath) : await http.GetStreamAsync(address, cancellation);
        }
        catch (Exception away) when (IsAway(away, cancellation))
        {
            throw Away(address, away);
        }
    }

    // A mirror that stalls in the middle of a file would hold the round for ever.
    private async Task<int> Read(Stream body, byte[] piece, Uri address, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            return await body.ReadAsync(piece, limit.Token);
        }
        catch (Exception away) when (IsAway(away, cancellation))
        {
            throw Away(address, away);
        }
    }

    private static bool IsAway(Exception failure, CancellationToken cancellation) => failure is HttpRequestException or IOException or UnauthorizedAccessException
        || (failure is OperationCanceledException && !cancellation.IsCancellationRequested);

    private IOException Away(Uri address, Exception reason) => new(
        $"{address} cannot be fetched: {(reason is OperationCanceledException ? $"nothing came for {Patience.TotalSeconds:0} s" : reason.Message)}. Look at mirror and proxy in [schedule.{suite}], or try again later.", reason);

    private static async Task<string> Hash(string file, CancellationToken cancellation)
    {
        await using var content = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation));
    }

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = program == "gpgv" })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new RefusedException(RefusalCode.Invalid, $"The program {program} is missing; install Debian's packages gpgv and xz-utils.");
        }
    }
}
