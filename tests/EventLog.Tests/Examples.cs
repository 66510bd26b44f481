using Debci.Domain;

namespace Debci.EventLog.Tests;

/// <summary>Events to append.</summary>
internal static class Examples
{
    public static readonly CommandInfo Command = new(
        Guid.Parse("00000000-0000-7000-8000-000000000001"), "requestRuns", "account:00000000-0000-7000-8000-000000000002",
        Guid.Parse("00000000-0000-7000-8000-000000000003"));

    public static RunKey Run(long id, string package = "hello") => new(id, package, "trixie", "amd64", false);

    public static IReadOnlyList<NewEvent> Events(params object[] happened) => (Command with { Id = Guid.NewGuid() }).Events(happened);

    public static IReadOnlyList<NewEvent> Started(long run, int attempt = 1) => Events(new RunEvent.Started(Run(run), attempt, "w1", "fake"));
}
