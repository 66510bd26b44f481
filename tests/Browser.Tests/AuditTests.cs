using Debci.Playground;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Debci.Browser.Tests;

/// <summary><c>/audit</c> in a browser: signing in and out by the keyboard, without its script, readable by everybody.</summary>
public sealed class AuditTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly AxeRunOptions Axe = new() { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } };

    [BrowserFact]
    public async Task An_operator_signs_in_reads_filters_and_signs_out()
    {
        await chromium.Server.Client(chromium.Server.RequestKey).Request("hello");
        await chromium.Server.Client(chromium.Server.AdminKey).Data("mutation { pause(kind: SUITE, name: \"unstable\", reason: \"glibc\") { __typename } }");
        foreach (var (scheme, width, script) in new[] { (ColorScheme.Light, 1280, true), (ColorScheme.Dark, 360, true), (ColorScheme.Light, 1280, false) })
        {
            var page = await chromium.Open("/audit", scheme, width, script: script);
            await IsForEverybody(page, script);
            await page.Locator("input[name=key]").FillAsync(chromium.Server.AdminKey);
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.Locator("#decisions")).ToContainTextAsync("paused suite unstable");
            Assert.EndsWith("/audit", page.Url, StringComparison.Ordinal); // the key is in no address
            await IsForEverybody(page, script);

            await page.Locator("select[name=what]").SelectOptionAsync("requests");
            await page.Locator("form.filters button").Last.ClickAsync();
            await Expect(page.Locator("#decisions")).ToContainTextAsync("requested 1 run");
            await Expect(page.Locator("#decisions")).Not.ToContainTextAsync("paused");

            await page.GetByText("Sign out operator").ClickAsync();
            await Expect(page.Locator("input[name=key]")).ToBeVisibleAsync();
            await page.Context.CloseAsync();
        }
        Assert.Empty(chromium.Complaints);
    }

    private static async Task IsForEverybody(IPage page, bool script)
    {
        if (!script)
            return; // axe is one
        var found = await page.RunAxe(Axe);
        Assert.True(found.Violations.Length == 0, string.Join("\n", found.Violations.Select(v => $"{v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => n.Html))}")));
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"));
    }
}
