namespace Debci.Api.Tests.Views;

/// <summary>Addresses of debci's pages that people have kept.</summary>
public sealed class BookmarkTests(Published world) : IClassFixture<Published>
{
    [Theory]
    [InlineData("/packages/", "/search")]
    [InlineData("/packages/g/", "/search?q=g")]
    [InlineData("/packages/libp/", "/search?q=libp")]
    [InlineData("/packages/g/green/", "/packages/green")]
    [InlineData("/packages/libp/libpng1.6/", "/packages/libpng1.6")]
    [InlineData("/packages/g/green/testing/amd64/", "/packages/green/testing/amd64")]
    [InlineData("/packages/g/green/testing/amd64/3/", "/runs/3")]
    [InlineData("/status/alerts/", "/status/tmpfails")]
    [InlineData("/status/failing/unstable/all/", "/status/failing?suite=unstable")]
    [InlineData("/status/failing/nowhere/", "/status/failing")]
    [InlineData("/status/slow/unstable/", "/status/slow?suite=unstable")]
    [InlineData("/status/platform-specific-issues/testing/", "/status/platform-specific-issues?suite=testing")]
    [InlineData("/status/pending/", "/queue")]
    [InlineData("/status/pending/unstable/", "/queue?suite=unstable")]
    [InlineData("/status/queue/", "/queue")]
    [InlineData("/status/reject_list/", "/api/v1/reject_list")]
    [InlineData("/user/alice/", "/")]
    [InlineData("/admin/", "/audit")]
    public async Task A_bookmark_leads_to_what_is_in_its_place_which_answers(string bookmark, string place)
    {
        Assert.Equal(place, await world.Location(bookmark));
        using var answer = await world.Get(place, ("Accept", "text/html"));
        Assert.True((int)answer.StatusCode is 200 or 302 or 401, $"{place}: {answer.StatusCode}");
    }

    [Theory]
    [InlineData("/status/")]
    [InlineData("/status/failing/")]
    [InlineData("/status/slow/")]
    [InlineData("/status/platform-specific-issues/")]
    public async Task A_bookmark_of_a_page_that_is_here_too_is_that_page(string bookmark)
    {
        using var answer = await world.Get(bookmark, ("Accept", "text/html"));
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
    }
}
