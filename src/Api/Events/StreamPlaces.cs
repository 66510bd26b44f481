using Debci.Api.Keys;
using Debci.Domain;

namespace Debci.Api.Events;

/// <summary>
/// Who may read the log just now. A stream looks through it for as long as its reader likes, so there are only so many places: some that
/// callers without a key share, a few for each account, and always one for an operator.
/// </summary>
public sealed class StreamPlaces
{
    /// <summary>Places that all callers without a key share.</summary>
    public const int Shared = 16;

    /// <summary>Places of one account, whichever of its keys it uses.</summary>
    public const int Each = 4;

    private readonly Dictionary<Guid, int> taken = [];

    /// <summary>Takes a place, until what is returned is disposed.</summary>
    /// <exception cref="RefusedException">The caller's places are taken.</exception>
    public IDisposable Take(Caller caller)
    {
        var most = caller.AccountId == Guid.Empty ? Shared : Each;
        lock (taken)
        {
            var now = taken.GetValueOrDefault(caller.AccountId);
            if (now >= most && !caller.Has(Scope.Admin))
                throw new RefusedException(RefusalCode.NotYet, caller.AccountId == Guid.Empty
                    ? $"{most} streams of events of callers without a key are under way; try again when one has ended, or use a key."
                    : $"{most} streams of events of your account are under way; try again when one has ended.");
            taken[caller.AccountId] = now + 1;
        }
        return new Place(this, caller.AccountId);
    }

    private void Leave(Guid account)
    {
        lock (taken)
        {
            if (--taken[account] == 0)
                taken.Remove(account);
        }
    }

    private sealed class Place(StreamPlaces places, Guid account) : IDisposable
    {
        public void Dispose() => places.Leave(account);
    }
}
