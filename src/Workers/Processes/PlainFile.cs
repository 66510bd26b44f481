namespace Debci.Workers.Processes;

/// <summary>Files that a test left behind are read only when they are plain files: a link could lead to the worker's own, a pipe would wait for ever, a device could be the host's disk.</summary>
internal static class PlainFile
{
    /// <summary>The file, open for reading; null when it is not there, or no plain file.</summary>
    public static FileStream? TryOpen(string path)
    {
        var handle = SystemCalls.OpenPlainly(path);
        if (!handle.IsInvalid)
            return new FileStream(handle, FileAccess.Read, bufferSize: 0);
        handle.Dispose();
        return null;
    }

    /// <summary>Its text, at most <paramref name="cap"/> bytes of it and then up to the last whole line; empty when there is no such plain file.</summary>
    public static string Text(string path, int cap)
    {
        using var file = TryOpen(path);
        if (file is null)
            return "";
        var bytes = new byte[(int)Math.Min(file.Length, cap)];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var whole = file.Length > cap ? bytes.AsSpan(0, length).LastIndexOf((byte)'\n') + 1 : length;
        return System.Text.Encoding.UTF8.GetString(bytes, 0, whole);
    }
}
