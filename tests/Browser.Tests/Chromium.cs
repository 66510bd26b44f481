using Debci.Playground;
using Microsoft.Playwright;

namespace Debci.Browser.Tests;

/// <summary>A test in Debian's Chromium: skipped with a sentence where it is missing, but not on CI, where it then fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (!File.Exists(Chromium.Program) && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "There is no /usr/bin/chromium here: apt-get install chromium.";
    }
}

/// <summary>A browser and a server, for all tests of a class. Whatever a page says to its console that is an error is kept.</summary>
public sealed class Chromium : IAsyncLifetime
{
    public const string Program = "/usr/bin/chromium";
    private IPlaywright playwright = null!;
    private IBrowser browser = null!;

    public Server Server { get; private set; } = null!;

    public List<string> Complaints { get; } = [];

    public async Task InitializeAsync()
    {
        Server = await Server.Start();
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox"] }); // it refuses to run as root with one
    }

    /// <summary>A page of a browser window of its own.</summary>
    public async Task<IPage> Open(string address, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900, bool script = true)
    {
        var window = await browser.NewContextAsync(new()
        {
            BaseURL = $"{Server.Address}", ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height }, JavaScriptEnabled = script,
        });
        var page = await window.NewPageAsync();
        page.PageError += (_, error) => Note($"{address}: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("404", StringComparison.Ordinal)) // a page that is not there is one
                Note($"{address}: {message.Text}");
        };
        await page.GotoAsync(address);
        return page;
    }

    public async Task DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        await Server.DisposeAsync();
    }

    private void Note(string complaint)
    {
        lock (Complaints)
            Complaints.Add(complaint);
    }
}
