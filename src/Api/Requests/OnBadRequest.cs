using Debci.Domain;

namespace Debci.Api.Requests;

/// <summary>What becomes of a batch with a bad request in it.</summary>
public enum OnBadRequest
{
    /// <summary>It is refused, and nothing changes.</summary>
    RefuseBatch,
    /// <summary>The bad request is refused, and the others are taken.</summary>
    RefuseRequest,
    /// <summary>What is on a reject list is passed over; anything else refuses the batch. debci's way.</summary>
    PassOverRejected,
}

/// <summary>The rule behind the words.</summary>
internal static class OnBadRequests
{
    /// <summary>Whether this refusal refuses the whole batch.</summary>
    public static bool RefusesBatch(this OnBadRequest on, Refusal refusal) => on switch
    {
        OnBadRequest.RefuseBatch => true,
        OnBadRequest.RefuseRequest => false,
        OnBadRequest.PassOverRejected => refusal.Code != RefusalCode.Rejected,
    };
}
