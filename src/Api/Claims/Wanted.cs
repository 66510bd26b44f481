using Debci.Domain;

namespace Debci.Api.Claims;

/// <summary>A lane that a worker may take from.</summary>
/// <param name="Lane">Its name.</param>
/// <param name="Backend">On which of the worker's backends.</param>
/// <param name="Others">Whether another worker takes from it, to which a run goes that this one has lost.</param>
public sealed record OpenLane(string Lane, string Backend, bool Others);

/// <summary>A worker that wants a run.</summary>
/// <param name="Claim">The claim's id.</param>
/// <param name="Worker">Who.</param>
/// <param name="Account">The account of its key.</param>
/// <param name="Lanes">From where.</param>
public sealed record Wanted(Guid Claim, string Worker, Guid Account, IReadOnlyList<OpenLane> Lanes);

/// <summary>For how long runs are given, and are not.</summary>
/// <param name="Seconds">How long a lease is.</param>
/// <param name="LongestPause">No attempt waits for longer than this: one that seems to is due, since the clock was set back.</param>
public sealed record LeaseTerms(int Seconds, TimeSpan LongestPause);

/// <summary>A run that was leased, with what its worker has to know of the request.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Pins">Packages from another suite.</param>
/// <param name="ExtraSources">Names of apt sources to add.</param>
public sealed record Taken(Lease Lease, IReadOnlyList<Pin> Pins, IReadOnlyList<string> ExtraSources);
