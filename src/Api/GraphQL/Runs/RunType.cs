using Debci.Domain;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Runs;

/// <summary>A run.</summary>
public sealed class RunType : ObjectGraphType<RunRow>
{
    /// <summary>What is known of a run.</summary>
    public RunType()
    {
        Name = "Run";
        Description = "One execution of a package's tests that was asked for.";
        Field<NonNullGraphType<IdGraphType>>("id").Description("The number that people quote.").Resolve(c => c.Source.Key.Id);
        Field("package", r => r.Key.Package).Description("Source package.");
        Field("suite", r => r.Key.Suite).Description("Suite that it is tested in.");
        Field("arch", r => r.Key.Arch).Description("Debian architecture.");
        Field("isPrivate", r => r.Key.Private).Description("Whether only its requester and operators see it.");
        Field("requester", r => r.Requester).Description("Account id of who asked.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("triggers")
            .Description("What caused it, `source/version` each.").Resolve(c => c.Source.Triggers);
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<PinType>>>>("pins").Description("Packages taken from another suite.").Resolve(c => c.Source.Pins);
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("extraSources")
            .Description("Names of configured apt sources that are added.").Resolve(c => c.Source.ExtraSources);
        Field("backend", r => r.UsedBackend ?? r.Backend, nullable: true).Description("The backend that it runs on, or that it asks for.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("needs").Description("What a worker must provide beside the backend, by configuration or since earlier tests lacked it.").Resolve(c => c.Source.Needs);
        Field("priority", r => r.Priority).Description("1 (last) to 10 (first).");
        Field<IdGraphType>("retryOf").Description("The run that this one repeats.").Resolve(c => c.Source.RetryOf);
        Field<NonNullGraphType<RunStateType>>("state").Description("Where it stands.").Resolve(c => c.Source.State);
        Field("attempt", r => r.Attempt).Description("The newest attempt; 0 before the first.");
        Field("worker", r => r.Worker, nullable: true).Description("The worker of the newest attempt.");
        AddTimes();
        AddResult();
    }

    private void AddTimes()
    {
        Field("requestedAt", r => r.RequestedAt).Description("When it was asked for; UTC, by the log's clock.");
        Field("startedAt", r => r.StartedAt, nullable: true).Description("When the newest attempt began; UTC, by the log's clock.");
        Field("endedAt", r => r.EndedAt, nullable: true).Description("When it ended, in whichever way; UTC, by the log's clock, and for an imported run by the clock of the system that it ran in.");
        Field("importedAt", r => r.ImportedAt, nullable: true).Description("When it was brought here from another system; UTC, by the log's clock. Null for a run of here.");
        Field("durationSeconds", r => r.DurationSeconds, nullable: true).Description("How long the deciding attempt took, by the worker's clock.");
    }

    private void AddResult()
    {
        Field<StatusType>("status").Description("Its result; null before it has one, and when it ended without.").Resolve(c => c.Source.Status);
        Field<CauseType>("cause").Description("What went wrong outside the package, at the end or in the newest attempt.").Resolve(c => c.Source.Cause);
        Field("message", r => r.Message, nullable: true).Description("The result, or what became of the newest attempt, in a sentence.");
        Field("exitCode", r => r.ExitCode, nullable: true).Description("autopkgtest's exit code.");
        Field("version", r => r.Version, nullable: true).Description("The tested version.");
        Field("pinsDropped", r => r.PinsDropped).Description("Whether autopkgtest could not install a test's dependencies with the pins alone, and took more of the other suite: then the result is of more than was asked for.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<TestType>>>>("tests")
            .Description("The result of each test, up to 1,000.").Resolve(c => c.Source.Tests);
        Field("testCount", r => r.TestCount, nullable: true).Description("How many tests there were.");
        Field("filesExpiredAt", r => r.Expired == null ? null : (DateTimeOffset?)r.Expired.At, nullable: true).Description("Since when its log and artifacts are kept no longer; null while they are.");
        Field("filesExpired", r => r.Expired == null ? null : r.Expired.Sentence, nullable: true).Description("The same in a sentence, with the policy's rule; null while they are kept.");
        Field<StringGraphType>("logUrl").Description("Where the log is, relative to this server; while it runs, too. Null when there is none, or none any more (`filesExpired`).")
            .Resolve(c => c.Source.Attempt == 0 || c.Source.Expired is not null || (c.Source.IsImported && c.Source.LogBytes is null) ? null : FileAddresses.Log(c.Source.Key.Id));
        Field<StringGraphType>("artifactsUrl").Description("Where autopkgtest's output is, as artifacts.tar.gz, relative to this server. Null when there is none, or none any more (`filesExpired`).")
            .Resolve(c => c.Source.ArtifactsBytes is null || c.Source.Expired is not null ? null : FileAddresses.Artifacts(c.Source.Key));
    }
}

/// <summary>A pin.</summary>
public sealed class PinType : ObjectGraphType<Pin>
{
    /// <summary>Packages and their suite.</summary>
    public PinType()
    {
        Name = "Pin";
        Description = "Packages that are taken from another suite.";
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("packages")
            .Description("Source packages as `src:green`, or binary packages.").Resolve(c => c.Source.Packages);
        Field("suite", p => p.Suite).Description("The suite that they come from.");
    }
}

/// <summary>The result of one test.</summary>
public sealed class TestType : ObjectGraphType<TestResult>
{
    /// <summary>Name, result, detail.</summary>
    public TestType()
    {
        Name = "Test";
        Description = "The result of one test of the package.";
        Field("name", t => t.Name).Description("Its name; it may stand twice.");
        Field<NonNullGraphType<TestOutcomeType>>("result").Description("What came of it.").Resolve(c => c.Source.Result);
        Field("detail", t => t.Detail, nullable: true).Description("What autopkgtest wrote behind it.");
    }
}
