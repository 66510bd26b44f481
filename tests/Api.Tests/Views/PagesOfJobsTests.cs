using Debci.Domain;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Tests.Views;

/// <summary>Jobs are read by pages: nobody sees where one ends, and whoever reads slowly holds no connection.</summary>
public sealed class PagesOfJobsTests(Published world) : IClassFixture<Published>
{
    [Fact]
    public async Task Pages_of_any_size_say_the_same()
    {
        for (var i = 0; i < 7; i++)
        {
            await world.Add(500 + i, $"package-{i}", Status.Pass, Published.Monday.AddHours(i));
            await world.Add(600 + i, "often", i % 3 == 0 ? Status.Fail : Status.Pass, Published.Monday.AddDays(i), $"{i}-1");
        }
        var whole = await Read(1000);
        Assert.Equal(10, whole.Place.Count); // with green and libpng1.6, without what has left
        Assert.Equal(7, whole.Package.Count);
        for (var size = 1; size <= 8; size++)
        {
            var read = await Read(size);
            Assert.Equal(whole.Place.Select(Text), read.Place.Select(Text));
            Assert.Equal(whole.Package.Select(Text), read.Package.Select(Text));
        }

        async Task<(List<JobRow> Place, List<JobRow> Package)> Read(int size)
        {
            var jobs = new JobsQueries(world.Server.Get<NpgsqlDataSource>()) { PageSize = size };
            return (await jobs.OfPlace("testing", "amd64").ToListAsync(), await jobs.History("often", "testing", "amd64").ToListAsync());
        }

        static string Text(JobRow row) => $"{row with { Pins = [] }}";
    }

    [Fact]
    public async Task A_slow_reader_leaves_the_connection_to_others()
    {
        var one = new NpgsqlConnectionStringBuilder(world.Server.Configuration.Database) { MaxPoolSize = 1, Timeout = 2 };
        await using var database = NpgsqlDataSource.Create(one);
        var jobs = new JobsQueries(database) { PageSize = 1 };
        await using var slow = jobs.OfPlace("testing", "amd64").GetAsyncEnumerator();
        await using var slower = jobs.History("green", "testing", "amd64").GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync() && await slower.MoveNextAsync());

        Assert.Equal("green", (await jobs.Latest("green", "testing", "amd64"))!.Package);
        Assert.True(await slow.MoveNextAsync() && await slower.MoveNextAsync());
    }
}
