using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Debci.Api.Audit;

/// <summary>
/// The key that signs heads: Ed25519 (RFC 8032), in a file that only its owner may read, as PKCS #8 in PEM (RFC 8410), which OpenSSL
/// reads too. The platform's own library has no Ed25519.
/// </summary>
public sealed class SigningKey
{
    private const string Label = "PRIVATE KEY";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // RFC 8410, section 7: version 0, the algorithm 1.3.101.112, and the seed of 32 bytes, wrapped twice.
    private static readonly byte[] Prefix = Convert.FromHexString("302e020100300506032b657004220420");

    private readonly byte[] seed;

    private SigningKey(byte[] seed)
    {
        this.seed = seed;
        var key = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(seed, 0, key, 0);
        Public = Convert.ToBase64String(key);
    }

    /// <summary>The public key: 32 bytes in base64.</summary>
    public string Public { get; }

    /// <summary>Makes a key, in a new file with mode 0600. One that is there is never overwritten.</summary>
    /// <exception cref="IOException">The file is there, or cannot be made.</exception>
    public static SigningKey Create(string file)
    {
        var seed = RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize);
        using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        stream.Write(System.Text.Encoding.ASCII.GetBytes(PemEncoding.WriteString(Label, [.. Prefix, .. seed]) + "\n"));
        stream.Flush(flushToDisk: true);
        return new SigningKey(seed);
    }

    /// <summary>Reads a key.</summary>
    /// <exception cref="InvalidOperationException">Others may read the file, or it holds no such key.</exception>
    public static SigningKey Load(string file)
    {
        if ((File.GetUnixFileMode(file) & ~OwnerOnly & ~UnixFileMode.UserExecute) != 0)
            throw new InvalidOperationException($"Others may read {file}, so its signatures would prove nothing; chmod 600 it, if it was never read, or make a new key.");
        var text = File.ReadAllText(file);
        if (!PemEncoding.TryFind(text, out var pem) || text[pem.Label] != Label)
            throw new InvalidOperationException($"{file} holds no key; make one with `debci audit key FILE`.");
        var bytes = Convert.FromBase64String(text[pem.Base64Data]);
        return bytes.Length == Prefix.Length + Ed25519.SecretKeySize && bytes.AsSpan().StartsWith(Prefix)
            ? new SigningKey(bytes[Prefix.Length..])
            : throw new InvalidOperationException($"{file} holds a key of another kind than Ed25519; make one with `debci audit key FILE`.");
    }

    /// <summary>Signs a message; the signature in base64.</summary>
    public string Sign(byte[] message)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(seed, 0, message, 0, message.Length, signature, 0);
        return Convert.ToBase64String(signature);
    }

    /// <summary>Whether a signature is that of a public key (both in base64) over a message. What cannot be read is none.</summary>
    public static bool Verifies(string publicKey, byte[] message, string signature)
    {
        var (key, signed) = (new byte[Ed25519.PublicKeySize], new byte[Ed25519.SignatureSize]);
        return Convert.TryFromBase64String(publicKey, key, out var keySize) && keySize == key.Length
            && Convert.TryFromBase64String(signature, signed, out var size) && size == signed.Length
            && Ed25519.Verify(signed, 0, key, 0, message, 0, message.Length);
    }
}
