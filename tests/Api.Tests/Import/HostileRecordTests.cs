using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Debci.Api.Import;
using Debci.Playground;

namespace Debci.Api.Tests.Import;

/// <summary>One record that is made to do harm is left out by itself, with its place in the report; the others come.</summary>
public sealed class HostileRecordTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-import-").FullName;
    private Server server = null!;

    public async Task InitializeAsync() => server = await Server.Start();

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private string File => Path.Combine(folder, "listing.json");

    [Theory]
    [InlineData("\"2026-01-02T03:04:05.678Z\"", "\"\\ud800\"", "updated_at")]
    [InlineData("\"run_id\":2", "\"run_id\":\"\\ud800\"", "run_id")]
    [InlineData("\"run_id\":2", "\"run_id\":2,\"\\ud800\":1", "a name that is no text")]
    public async Task Strings_that_are_no_text(string from, string to, string what)
    {
        await Write(Text(1), Text(2).Replace(from, to, StringComparison.Ordinal), Text(3));
        var report = await server.Import([File]);
        Assert.Equal((2, 1), (report.Imported, report.LeftOut));
        Assert.Contains(report.Lines, line => line.Contains(File, StringComparison.Ordinal) && line.Contains("no text", StringComparison.Ordinal));
        Assert.NotEmpty(what);
    }

    [Fact]
    public async Task Nesting_that_is_deeper_than_any_record()
    {
        await Write(Text(1), Text(2).Replace("\"run_id\":2", $"\"run_id\":2,\"pin_packages\":{new string('[', 2000)}{new string(']', 2000)}", StringComparison.Ordinal), Text(3));
        var report = await server.Import([File]);
        Assert.Equal((2, 1), (report.Imported, report.LeftOut));
        Assert.Contains("run 2", Assert.Single(report.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]     // one text
    [InlineData(5000)]  // many
    public async Task A_record_that_is_larger_than_any(int texts)
    {
        var filling = string.Join(',', Enumerable.Repeat($"\"{new string('x', 20_000 / texts)}\\\"\\\\\"", texts));
        await Write(Text(1), Text(2).Replace("\"run_id\":2", $"\"run_id\":2,\"many\":[{filling}]", StringComparison.Ordinal), Text(3), $"\"{new string('y', 9000)}\"");
        using var records = RecordFile.Open(File, default, mostRecord: 4096);
        Assert.Equal([1, 2, 3, 0], records.Places.Select(p => p.Run));
        Assert.Equal((1L, 3L), (records.Load(records.Places[0]).Run.Id, records.Load(records.Places[2]).Run.Id));
        foreach (var place in new[] { records.Places[1], records.Places[3] })
            Assert.Contains("more than 4096 bytes", Assert.Throws<NotUnderstoodException>(() => records.Load(place)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{", "[BLANKS{")]
    [InlineData("}, {", "},BLANKS{")]
    [InlineData("}, {", "}BLANKS,BLANKS{")]
    [InlineData("\"until\": 1,", "\"until\": 1,BLANKS")]
    [InlineData("\"results\":", "\"results\"BLANKS:BLANKS")] // the name is none the less read
    [InlineData("]}", "BLANKS]BLANKS}BLANKS")]
    public async Task Blanks_between_records_that_are_more_than_any_record_say_nothing(string from, string to)
    {
        await Write(Text(1), Text(2), Text(3));
        await System.IO.File.WriteAllTextAsync(File, (await System.IO.File.ReadAllTextAsync(File)).Replace(from, to.Replace("BLANKS", Blanks, StringComparison.Ordinal), StringComparison.Ordinal));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var records = RecordFile.Open(File, patience.Token, mostRecord: 4096);
        Assert.Equal([1L, 2, 3], records.Places.Select(p => records.Load(p).Run.Id));
    }

    [Theory]
    [InlineData("\"run_id\":2", "\"run_id\"BLANKS:2")]
    [InlineData("\"run_id\":2", "BLANKS\"run_id\":2")]
    [InlineData("\"run_id\":2", "\"run_id\":2,BLANKS\"more\"BLANKS:BLANKS1")]
    public async Task Blanks_within_a_record_count_for_its_size(string from, string to)
    {
        await Write(Text(1), Text(2).Replace(from, to.Replace("BLANKS", Blanks, StringComparison.Ordinal), StringComparison.Ordinal), Text(3));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var records = RecordFile.Open(File, patience.Token, mostRecord: 4096);
        Assert.Equal([1, 2, 3], records.Places.Select(p => p.Run));
        Assert.Equal((1L, 3L), (records.Load(records.Places[0]).Run.Id, records.Load(records.Places[2]).Run.Id));
        Assert.Contains("more than 4096 bytes", Assert.Throws<NotUnderstoodException>(() => records.Load(records.Places[1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_may_end_where_what_is_looked_at_once_ends()
    {
        for (var length = 4080; length <= 4100; length++)
        {
            await Write(Text(1), Text(2).Replace("\"run_id\":2", $"\"run_id\":2,\"{new string('n', length)}\"{Blanks}:{Blanks}1", StringComparison.Ordinal), Text(3));
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            using var records = RecordFile.Open(File, patience.Token, mostRecord: 4096);
            Assert.Equal([1, 2, 3], records.Places.Select(p => p.Run));
            Assert.Equal(3L, records.Load(records.Places[2]).Run.Id);
        }
    }

    [Fact]
    public async Task A_number_that_is_larger_than_any_record_is_called_that()
    {
        await Write(Text(1), Text(2).Replace("\"run_id\":2", $"\"run_id\":{new string('2', 9000)}", StringComparison.Ordinal));
        var refused = Assert.Throws<InvalidDataException>(() => RecordFile.Open(File, default, mostRecord: 4096));
        Assert.Equal($"{File} has a number of more than 2048 bytes in it, which no record of debci's has. Nothing of it was imported.", refused.Message);
    }

    private static readonly string Blanks = string.Concat(Enumerable.Repeat(" \t\r\n", 2500)); // more than is looked at once

    [Theory]
    [InlineData("\"ADT_TEST_TRIGGERS=\\ud800\"")]
    [InlineData("{")]
    public async Task A_testinfo_that_cannot_be_read_costs_its_trigger_alone(string words)
    {
        Importing.AddResult(folder, 1, 0, DateTime.UtcNow);
        Importing.AddResult(folder, 2, 0, DateTime.UtcNow);
        await System.IO.File.WriteAllTextAsync(Path.Combine(Result(1), "testinfo.json"), $$"""{"custom_environment": [{{words}}]}""");
        var report = await server.Import([folder]);
        Assert.Equal((2, 0), (report.Imported, report.LeftOut));
        Assert.Contains("testinfo.json", Assert.Single(report.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sockets_and_pipes_in_a_folder_are_left_out_of_its_artifacts()
    {
        Importing.AddResult(folder, 1, 0, DateTime.UtcNow);
        await System.IO.File.WriteAllTextAsync(Path.Combine(Result(1), "empty"), "");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(Result(1), "socket")));
        await Pipe(Path.Combine(Result(1), "pipe"));
        var report = await server.Import([folder]);
        Assert.Equal((1, 0), (report.Imported, report.LeftOut));
        Assert.Equal(2, report.Lines.Count(line => line.Contains("neither a file nor a folder", StringComparison.Ordinal)));

        var names = await NamesInArtifacts(1);
        Assert.Contains("empty", names);
        Assert.DoesNotContain("socket", names);
        Assert.DoesNotContain("pipe", names);
    }

    [Theory]
    [InlineData("autopkgtest")]
    [InlineData("export")]
    [InlineData("export/one.json")]
    public async Task A_link_below_what_was_named_is_not_followed(string name)
    {
        var (elsewhere, named) = (Path.Combine(folder, "elsewhere"), Directory.CreateDirectory(Path.Combine(folder, "named/export")).Parent!.FullName);
        Importing.AddResult(elsewhere, 1, 0, DateTime.UtcNow);
        Directory.CreateDirectory(Path.Combine(elsewhere, "export"));
        await System.IO.File.WriteAllTextAsync(Path.Combine(elsewhere, "export/one.json"), $"[{Text(1)}]");
        if (name == "export")
            Directory.Delete(Path.Combine(named, "export"));
        System.IO.File.CreateSymbolicLink(Path.Combine(named, name), Path.Combine(elsewhere, name));
        var refused = await Assert.ThrowsAsync<InvalidDataException>(() => server.Import([named]));
        Assert.Contains("name where it leads", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_named_may_be_a_link_itself()
    {
        Importing.AddResult(Path.Combine(folder, "there"), 1, 0, DateTime.UtcNow);
        Directory.CreateSymbolicLink(Path.Combine(folder, "here"), Path.Combine(folder, "there"));
        Assert.Equal(1, (await server.Import([Path.Combine(folder, "here")])).Imported);
    }

    [Fact]
    public async Task A_pipe_among_exports_keeps_nobody_waiting()
    {
        Directory.CreateDirectory(Path.Combine(folder, "export"));
        await Pipe(Path.Combine(folder, "export/one.json"));
        await Assert.ThrowsAsync<InvalidDataException>(() => Task.Run(() => server.Import([folder])).WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private string Result(long run) => Path.Combine(folder, "autopkgtest/testing/amd64/g/green", $"{run}");

    private async Task<IReadOnlyList<string>> NamesInArtifacts(long run)
    {
        var artifacts = await server.Client().GetByteArrayAsync($"/data/autopkgtest/testing/amd64/g/green/{run}/artifacts.tar.gz");
        using var tar = new System.Formats.Tar.TarReader(new System.IO.Compression.GZipStream(new MemoryStream(artifacts), System.IO.Compression.CompressionMode.Decompress));
        var names = new List<string>();
        for (var entry = tar.GetNextEntry(); entry is not null; entry = tar.GetNextEntry())
            names.Add(entry.Name);
        return names;
    }

    private static async Task Pipe(string path)
    {
        using var made = Process.Start("mkfifo", [path]);
        await made.WaitForExitAsync();
        Assert.Equal(0, made.ExitCode);
    }

    private static string Text(long run) => JsonSerializer.Serialize(Importing.Record(run));

    private Task Write(params string[] records) => System.IO.File.WriteAllTextAsync(File, $$"""{"until": 1, "results": [{{string.Join(", ", records)}}]}""");
}
