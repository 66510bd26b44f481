using Debci.Api.Requests;
using Debci.Domain;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Runs;

/// <summary>What became of one request of a batch.</summary>
public enum RequestOutcome
{
    /// <summary>It is a run now.</summary>
    Accepted,
    /// <summary>The same was pending, and the request went with it.</summary>
    AlreadyPending,
    /// <summary>It was refused.</summary>
    Refused,
}

/// <summary>What became of one request of a batch.</summary>
public sealed class RequestOutcomeType() : DescribedEnum<RequestOutcome>("What became of one test of a batch.",
    (RequestOutcome.Accepted, "It is a run now."),
    (RequestOutcome.AlreadyPending, "You have asked for the same before, and that run is not over: the request goes with it, and it has the higher priority of the two."),
    (RequestOutcome.Refused, "It was refused, for the reason given; the others were taken."));

/// <summary>One request of a stored batch.</summary>
/// <param name="Answer">What became of it.</param>
/// <param name="Notice">What will be in its way, in a sentence; null for nothing known.</param>
public sealed record BatchItem(ItemAnswer Answer, string? Notice)
{
    /// <summary>The same as a word.</summary>
    public RequestOutcome Outcome => Answer switch
    {
        ItemAnswer.New => RequestOutcome.Accepted,
        ItemAnswer.Joins => RequestOutcome.AlreadyPending,
        _ => RequestOutcome.Refused,
    };
}

/// <summary>A batch that was taken.</summary>
/// <param name="Stored">The batch.</param>
/// <param name="Notices">What will be in the way of each request, in order.</param>
public sealed record BatchView(StoredBatch Stored, IReadOnlyList<string?> Notices)
{
    /// <summary>How many requests had this outcome.</summary>
    public int Count<T>() where T : ItemAnswer => Stored.Answers.Count(a => a is T);
}

/// <summary>A batch that was taken.</summary>
public sealed class BatchAcceptedType : ObjectGraphType<BatchView>
{
    /// <summary>Batch, runs and position.</summary>
    public BatchAcceptedType(Positions positions)
    {
        Name = "BatchAccepted";
        Description = "The batch is stored, and its runs are queued.";
        Field<NonNullGraphType<IdGraphType>>("batch").Description("The batch's id.").Resolve(c => c.Source.Stored.Batch);
        Field<NonNullGraphType<ListGraphType<IdGraphType>>>("runs")
            .Description("The ids of the runs, in the order of the tests; null for a test that was refused.").Resolve(c => c.Source.Stored.Answers.Select(a => a.RunId));
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<BatchItemType>>>>("items").Description("What became of each test, in order.")
            .Resolve(c => c.Source.Stored.Answers.Zip(c.Source.Notices, (answer, notice) => new BatchItem(answer, notice)));
        Field<NonNullGraphType<IntGraphType>>("accepted").Description("How many tests became runs.").Resolve(c => c.Source.Count<ItemAnswer.New>());
        Field<NonNullGraphType<IntGraphType>>("alreadyPending").Description("How many went with a run that was there.").Resolve(c => c.Source.Count<ItemAnswer.Joins>());
        Field<NonNullGraphType<IntGraphType>>("refused").Description("How many were refused.").Resolve(c => c.Source.Count<ItemAnswer.Refused>());
        Field<NonNullGraphType<StringGraphType>>("position").Description("Give it as `minPosition` to read what you wrote.")
            .Resolve(c => positions.Show(c.Source.Stored.Position));
    }
}

/// <summary>One test of a batch that was taken.</summary>
public sealed class BatchItemType : ObjectGraphType<BatchItem>
{
    /// <summary>Outcome, run, refusal, notice.</summary>
    public BatchItemType()
    {
        Name = "BatchItem";
        Description = "What became of one test of a batch.";
        Field<NonNullGraphType<RequestOutcomeType>>("outcome").Description("What became of it.").Resolve(c => c.Source.Outcome);
        Field<IdGraphType>("run").Description("Its run; null when it was refused.").Resolve(c => c.Source.Answer.RunId);
        Field<RefusedType>("refusal").Description("Why it was refused.").Resolve(c => (c.Source.Answer as ItemAnswer.Refused)?.Why);
        Field("notice", i => i.Notice, nullable: true).Description("What will be in its way, such as that no known worker can take it.");
    }
}
