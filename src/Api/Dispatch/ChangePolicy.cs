using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using Mediator;

namespace Debci.Api.Dispatch;

/// <summary>An operator pauses, rejects, readmits, lifts a quarantine; a release manager waives.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Name">The command's name in the envelope.</param>
/// <param name="Reason">Why, in the operator's words.</param>
/// <param name="Command">What, given the hash of the reason.</param>
public sealed record ChangePolicy(Caller Caller, string Name, string? Reason, Func<string?, PolicyCommand> Command) : ICommand<long>, INeedsScope
{
    /// <inheritdoc/>
    public Scope Needs => Command(null) is PolicyCommand.Waive or PolicyCommand.WithdrawWaiver ? Scope.Waive : Scope.Admin;
}

/// <summary>Stores the decision, and waits until it counts at this node.</summary>
public sealed class ChangePolicyHandler(LiveConfiguration live, Texts texts, SmallStream streams, Standing standing) : ICommandHandler<ChangePolicy, long>
{
    /// <inheritdoc/>
    public async ValueTask<long> Handle(ChangePolicy command, CancellationToken cancellationToken)
    {
        if (Check(command.Command(null)) is { } refusal)
            throw new RefusedException(refusal);
        if (string.IsNullOrWhiteSpace(command.Reason) && command.Command(null) is PolicyCommand.Reject or PolicyCommand.Waive)
            throw new RefusedException(RefusalCode.Invalid, "Say why: whoever it concerns reads it.", "reason");
        var decision = command.Command(await texts.Keep(command.Reason, cancellationToken));
        var info = new CommandInfo(Guid.CreateVersion7(), command.Name, command.Caller.Actor, Correlation: Guid.CreateVersion7());
        var position = await streams.Obey<Policy, PolicyEvent>(decision.Stream, Policy.None, Policy.Evolve, p => Policy.Decide(decision, p), info, cancellationToken);
        await standing.Counts(position, cancellationToken);
        return position;
    }

    private Refusal? Check(PolicyCommand command) => command switch
    {
        PolicyCommand.Pause c => CheckPause(c.Kind, c.Name),
        PolicyCommand.Reject c when PackagePattern.TryParse(c.Pattern) is null => new Refusal(RefusalCode.Invalid,
            $"{StoredText.Quote(c.Pattern)} is no pattern; write package/suite/arch with * and ?, the last two if you like.", "pattern"),
        PolicyCommand.Waive c => c.Waiver.Check(live.Archive),
        _ => null, // what was never decided can be taken back; it changes nothing
    };

    private Refusal? CheckPause(PauseKind kind, string name) => kind switch
    {
        PauseKind.Arch => live.Archive.CheckArch(name, "name"),
        PauseKind.Suite => live.Archive.CheckSuite(name, "name"),
        PauseKind.Backend => live.Archive.CheckBackend(name, "name"),
    };
}

/// <summary>Sees to it that a decision counts at this node when its command is answered.</summary>
public sealed class Standing(ReadPosition position, DispatchState state)
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    /// <summary>Waits until the rows have it, and has everybody look again.</summary>
    public async Task Counts(long decided, CancellationToken cancellation)
    {
        await position.WaitFor(decided, AtMost, cancellation);
        state.Forget();
    }
}
