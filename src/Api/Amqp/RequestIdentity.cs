using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;

namespace Debci.Api.Amqp;

/// <summary>
/// Which batch a message is: the same message again must be the same batch, also hours later, when its run is over; and somebody who asks for
/// the same once more shall have another run.
/// </summary>
/// <remarks>
/// A message is known by its queue, its body and its sender's id for it. Where it has neither an id nor a time in its body, equal
/// ones are told apart by the broker's word: one that it has never delivered before is a new request, and gets the next number; one that
/// it may have delivered is the newest of that number. The broker says so also after a crash (of a durable queue's messages it then holds all for
/// delivered). What this cannot tell: an equal message that was held and not handled when everything died, within a day of another one
/// whose run is over. It is then taken for that one. Senders that give ids, or times, do not depend on it.
/// </remarks>
public sealed class RequestIdentity(NpgsqlDataSource database)
{
    /// <summary>The table, created by <c>debci migrate</c>.</summary>
    public const string Tables = "create table if not exists work.amqp_requests (digest text primary key, number int not null, at timestamptz not null default now())";

    /// <summary>The batch's id, as <see cref="Requests.RequestRuns"/> takes it.</summary>
    internal async Task<string> Of(Message message, bool hasTime, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{message.Queue}\n{message.Id}\n"));
        hash.AppendData(message.Body.Span);
        var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        return !string.IsNullOrEmpty(message.Id) || hasTime ? $"amqp {digest}" : $"amqp {digest} {await Number(digest, message.Redelivered, cancellation)}";
    }

    private async Task<int> Number(string digest, bool redelivered, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteScalarAsync<int>(new CommandDefinition("""
            insert into work.amqp_requests as r (digest, number) values (@digest, 1)
            on conflict (digest) do update set number = r.number + case when @redelivered and r.at > now() - interval '1 day' then 0 else 1 end, at = now()
            returning number
            """, new { digest, redelivered }, cancellationToken: cancellation));
    }
}
