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
    [InlineData("/status/", "/")]
    [InlineData("/status/alerts/", "/suites/testing/amd64?status=tmpfail")]
    [InlineData("/status/failing/", "/suites/testing/amd64?status=fail")]
    [InlineData("/status/failing/unstable/all/", "/suites/unstable/amd64?status=fail")]
    [InlineData("/status/failing/nowhere/", "/suites/testing/amd64?status=fail")]
    [InlineData("/status/slow/", "/suites/testing/amd64?sort=duration&down=1")]
    [InlineData("/status/platform-specific-issues/", "/")]
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
}
