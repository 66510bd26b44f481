using System.Text.Json;
using Debci.Api.Files;
using Debci.Api.Files.Swift;
using Debci.Playground;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>Swift with Keystone's tokens (Identity API v3, password, scoped to a project): a double gives out those that the real Swift's tempauth knows.</summary>
public sealed class KeystoneTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-files-").FullName;
    private readonly HttpClient http = new();
    private readonly List<string> given = [];
    private WebApplication keystone = null!;
    private SwiftCluster swift = null!;

    public async Task InitializeAsync()
    {
        swift = await SwiftCluster.Start();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        keystone = builder.Build();
        keystone.MapPost("/identity/v3/auth/tokens", Give);
        await keystone.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await keystone.DisposeAsync();
        swift.Dispose();
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_token_of_the_project_is_asked_for_by_password_used_at_the_catalogs_address_of_the_region_and_renewed()
    {
        using var store = new SwiftStore(Settings(), TimeProvider.System);
        var aside = new AsideFolder(new FileLayout(folder), TimeProvider.System);
        var path = StorePath.Of(NewRun(), 1, RunFile.Artifacts);
        await store.Put(aside, path, Noise(2_000_000));
        Assert.Single(given);
        await swift.ForgetTokens();
        Assert.Equal(Noise(2_000_000), await store.Bytes(path));
        Assert.Equal(2, given.Count);
    }

    [Fact]
    public async Task A_password_that_Keystone_refuses_and_a_region_that_it_does_not_have_are_said_in_a_sentence()
    {
        using var wrong = new SwiftStore(Settings() with { Password = "not-this-one" }, TimeProvider.System);
        Assert.Contains("it refuses the user debci; check [files.swift] user and password", (await Assert.ThrowsAsync<FileStoreAwayException>(() => wrong.Check(default))).Message, StringComparison.Ordinal);
        using var elsewhere = new SwiftStore(Settings() with { Region = "three" }, TimeProvider.System);
        Assert.Contains("no public object-store in the region three", (await Assert.ThrowsAsync<FileStoreAwayException>(() => elsewhere.Check(default))).Message, StringComparison.Ordinal);
    }

    private SwiftSettings Settings() => swift.Settings() with
    {
        Auth = $"{keystone.Urls.First()}/identity/v3", User = "debci", Password = "of-keystone", Project = "ci", UserDomain = "people", ProjectDomain = "machines", Region = "two",
    };

    private async Task Give(HttpContext context)
    {
        var auth = (await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body)).GetProperty("auth");
        var (user, project) = (auth.GetProperty("identity").GetProperty("password").GetProperty("user"), auth.GetProperty("scope").GetProperty("project"));
        if ((Text(user, "name"), Text(user, "password"), Text(user.GetProperty("domain"), "name"), Text(project, "name"), Text(project.GetProperty("domain"), "name"))
            != ("debci", "of-keystone", "people", "ci", "machines"))
        {
            context.Response.StatusCode = 401;
            return;
        }
        using var ask = new HttpRequestMessage(HttpMethod.Get, $"{swift.Address}auth/v1.0") { Headers = { { "X-Auth-User", "test:tester" }, { "X-Auth-Key", "testing" } } };
        using var answer = await http.SendAsync(ask);
        given.Add(answer.Headers.GetValues("X-Auth-Token").Single());
        var url = answer.Headers.GetValues("X-Storage-Url").Single();
        context.Response.StatusCode = 201;
        context.Response.Headers["X-Subject-Token"] = given[^1];
        await context.Response.WriteAsJsonAsync(new
        {
            token = new
            {
                catalog = new object[]
                {
                    new { type = "identity", endpoints = new[] { new { @interface = "public", region = "two", url = "http://127.0.0.1:1" } } },
                    new
                    {
                        type = "object-store",
                        endpoints = new[] { new { @interface = "public", region = "one", url = "http://127.0.0.1:1" }, new { @interface = "internal", region = "two", url = "http://127.0.0.1:1" }, new { @interface = "public", region = "two", url } },
                    },
                },
            },
        });
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
}
