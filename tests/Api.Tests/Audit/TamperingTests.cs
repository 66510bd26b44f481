namespace Debci.Api.Tests.Audit;

/// <summary>Who can write into PostgreSQL changes, removes or inserts events: it is found, with the position.</summary>
public sealed class TamperingTests
{
    private const string Change = "update log.mt_events set data = jsonb_set(data, '{worker}', '\"w2\"') where seq_id = 17";
    private const string Remove = "delete from log.mt_events where seq_id = 17";

    // Between two events there is room only where a number was burnt, so those behind make room first.
    private const string Insert = """
        update log.mt_events set seq_id = -seq_id - 1 where seq_id > 17; update log.mt_events set seq_id = -seq_id where seq_id < 0;
        insert into log.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers, is_archived)
            select 18, gen_random_uuid(), 'run-17', 2, data, type, timestamp, mt_dotnet_type, headers, false from log.mt_events where seq_id = 17
        """;

    [Theory]
    [InlineData(Change, "1 event was changed: at position 17 (run.lost.v1, revision 1 of run-17", 16)]
    [InlineData("update log.mt_events set timestamp = timestamp + interval '1 microsecond' where seq_id = 17", "1 event was changed: at position 17 ", 16)]
    [InlineData("update log.mt_events set headers = jsonb_set(headers, '{actor}', '\"worker:w2\"') where seq_id = 17", "1 event was changed: at position 17 ", 16)]
    [InlineData("update log.mt_events set type = 'run.finished.v1' where seq_id = 17", "1 event was changed: at position 17 ", 16)]
    [InlineData("update log.mt_events set data = data || '{\"worker\": \"w2\"}' where seq_id between 17 and 19", "3 events were changed: at position 17 ", 16)]
    [InlineData(Remove, "1 event was removed behind position 16 and before position 18", 16)]
    [InlineData("delete from log.mt_events where seq_id between 1 and 3", "3 events were removed behind position 0 and before position 4", 0)]
    [InlineData("delete from log.mt_events where seq_id > 98", "2 events were removed behind position 98, at the log's end", 98)]
    [InlineData(Insert + "; update read.checkpoints set position = 101 where name = 'proof'", "1 event was inserted: at position 18 (run.lost.v1, revision 2 of run-17", 17)]
    public async Task An_event_that_was_touched_by_hand_is_found_with_its_position(string sql, string sentence, int number)
    {
        await using var log = await AuditedLog.With(100);
        Assert.True((await log.Verify()).Well);
        await log.Execute(sql);

        var (said, well) = await log.Verify();

        Assert.False(well);
        Assert.Contains(sentence, said, StringComparison.Ordinal);
        Assert.Contains($"part at number {number}.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_not_touched_is_whole_also_behind_numbers_that_were_never_used()
    {
        await using var log = await AuditedLog.With(40);
        await log.Execute("select nextval('log.mt_events_sequence')"); // a save that failed burns one
        await log.Append(30);
        await log.Head();
        Assert.True((await log.Verify([.. log.Heads])).Well);
    }

    [Theory]
    [InlineData(Change)]
    [InlineData(Remove)]
    [InlineData(Insert)]
    public async Task Leaves_that_were_made_again_afterwards_agree_and_only_a_head_of_before_tells(string sql)
    {
        await using var log = await AuditedLog.With(10);
        await log.Head();
        await log.Append(20);
        await log.Head();
        await log.Append(20);
        await log.Execute(sql);
        await log.Rebuild();
        Assert.True((await log.Verify()).Well); // the leaves are of the events as they are

        var (said, well) = await log.Verify([.. log.Heads]);

        Assert.False(well);
        Assert.Contains("over 10 events holds.", said, StringComparison.Ordinal);
        Assert.Contains("over 30 events does not hold: an event behind position 10, at or before position", said, StringComparison.Ordinal);
        Assert.Contains("the stored leaves agree with it, so they were made again", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_lost_its_end_is_shorter_than_its_head_and_no_new_head_is_made_of_it()
    {
        await using var log = await AuditedLog.With(10);
        await log.Head();
        await log.Execute("delete from log.mt_events where seq_id > 8");
        await log.Rebuild();
        Assert.Contains("covers more than there are, 8", (await log.Verify([.. log.Heads])).Said, StringComparison.Ordinal);
        Assert.Contains("ALERT", (await Assert.ThrowsAsync<InvalidOperationException>(() => log.Head())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_has_no_canonical_form_stops_the_tree_before_it_and_nothing_else()
    {
        await using var log = await AuditedLog.With(10);
        await log.Append(1);
        await log.Execute("update log.mt_events set data = '[1.5e3]' where seq_id = 11"); // JSON of any kind has one
        await log.Rebuild();
        Assert.True((await log.Verify()).Well);
    }
}
