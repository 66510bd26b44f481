using System.Security.Cryptography;

namespace Debci.Workers.Tests;

/// <summary>Artifacts to the store of files itself, where the server offers that.</summary>
public sealed class DirectUploadTests
{
    [Fact]
    public async Task Artifacts_go_to_the_store_that_the_server_names_and_the_key_does_not()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", direct: true));
        server.Store = new Uri(server.Address, "store/body");
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server);

        Assert.Equal(0, server.Count("artifacts"));
        Assert.Null(server.Calls.Single(c => c.Name == "body").Key);
        var offered = server.Calls.Single(c => c.Name == "offer").Json!.Value;
        var body = server.Files["body"];
        Assert.Equal(body.Length, offered.GetProperty("size").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), offered.GetProperty("sha256").GetString());
        Assert.EndsWith($"ticket={Guid.Empty}", server.Calls.Single(c => c.Name == "sent").Query, StringComparison.Ordinal);
        Assert.Equal(1, server.ReportsTaken);
    }

    [Theory]
    [InlineData("offer", Mishap.ServerError)]
    [InlineData("offer", Mishap.TooLarge)]
    [InlineData("body", Mishap.ServerError)]
    [InlineData("body", Mishap.BadKey)]
    [InlineData("body", Mishap.AnswerLost)]
    [InlineData("sent", Mishap.ServerError)]
    [InlineData("sent", Mishap.AnswerLost)]
    [InlineData("nothing", Mishap.None)]
    public async Task Whatever_goes_wrong_on_that_way_they_go_through_the_server(string call, Mishap mishap)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", direct: true));
        server.Store = call == "nothing" ? null : new Uri(server.Address, "store/body");
        server.Mishaps = (name, _) => name == call ? mishap : Mishap.None;
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server);

        Assert.Equal(1, server.Count("artifacts"));
        Assert.NotEmpty(server.Files["artifacts"]);
        Assert.Equal(1, server.ReportsTaken);
    }
}
