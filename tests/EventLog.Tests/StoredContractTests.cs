using System.Text.Json.Nodes;
using Debci.Domain;
using Debci.Playground;

namespace Debci.EventLog.Tests;

/// <summary>What is on disk must read for ever: one example of each event, as it was written once. An example is added, never changed.</summary>
public sealed class StoredContractTests
{
    private static readonly string Folder = Repository.Path("tests/EventLog.Tests/Stored");

    // A field that came later has an example of its own, behind a plus. What a version that was left behind looked like is an example for ever.
    public static TheoryData<string> Examples => [.. StoredNames.Everything.Select(e => e.Name)
        .Union(Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)))];

    public static TheoryData<Type> Cases =>
        [.. new[] { typeof(BatchEvent), typeof(RunEvent), typeof(WorkerEvent), typeof(PolicyEvent), typeof(SourceEvent) }.SelectMany(union => union.GetNestedTypes().Where(t => t.IsSubclassOf(union)))];

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_stored_examples_of_each_event_read_and_are_written_again_as_they_were(string example)
    {
        var name = example.Split('+')[0];
        var json = File.ReadAllBytes(Path.Combine(Folder, $"{example}.json"));

        var happened = EventCodec.Read(name, json)!;

        Assert.Equal(Upcasts.Known.Present(name), StoredNames.Of(happened));
        Assert.True(Upcasts.Known.Present(name) != name || JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(EventCodec.Write(happened))),
            $"{name} is written as {System.Text.Encoding.UTF8.GetString(EventCodec.Write(happened))}");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_case_of_each_union_has_a_stored_name_and_is_evolved(Type type)
    {
        var name = StoredNames.Everything.Single(e => e.Type == type).Name;
        switch (EventCodec.Read(name, File.ReadAllBytes(Path.Combine(Folder, $"{name}.json"))))
        {
            case RunEvent happened: Run.Evolve(Run.Unstarted, happened); break;
            case BatchEvent happened: Batch.Evolve(Batch.Unknown, happened); break;
            case WorkerEvent happened: Worker.Evolve(Worker.Unknown, happened); break;
            case PolicyEvent happened: Policy.Evolve(Policy.None, happened); break;
            case SourceEvent happened: SuiteSources.Evolve(SuiteSources.Complete, happened); break;
            case var other: Assert.Fail($"{other} is evolved by nobody"); break;
        }
    }

    [Fact]
    public void A_name_of_a_newer_version_is_no_error() => Assert.Null(EventCodec.Read("run.finished.v99", "{}"u8));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"run":{"id":"x"}}""")]
    [InlineData("""{"run":null,"attempt":1,"worker":"w"}""")]
    [InlineData("not json")]
    public void Damaged_data_are_said_to_be_damaged(string data) =>
        Assert.Throws<System.Text.Json.JsonException>(() => EventCodec.Read("run.lost.v1", System.Text.Encoding.UTF8.GetBytes(data)));
}
