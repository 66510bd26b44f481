using Npgsql;

namespace Debci.Projections;

/// <summary>
/// How a rebuild leaves room for those who serve from the same database: while it folds and makes indexes beside them, it writes one model at a time, and rests three
/// times as long as it worked. PostgreSQL's part of the work cannot be made nice as ours can, and on a small machine a claim would take twice its time.
/// </summary>
/// <param name="database">Where they are.</param>
/// <param name="hurries">Whether it takes all it can get nevertheless.</param>
internal sealed class Courtesy(NpgsqlDataSource database, bool hurries)
{
    // Whoever leads something, the projector before all, holds a lock of this class for as long.
    private const string Company = """
        select exists (select from pg_locks where locktype = 'advisory' and classid = (hashtext('debci leader')::bigint & 4294967295)::oid
            and database = (select oid from pg_database where datname = current_database()))
        """;

    private const int RestPerWork = 3;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private const int LookEveryMs = 2_000;

    private readonly Lock looking = new();
    private long looked = -LookEveryMs;
    private bool company;

    /// <summary>Whether somebody serves now.</summary>
    public bool InCompany()
    {
        lock (looking)
        {
            if (hurries || Environment.TickCount64 - looked < LookEveryMs)
                return company;
            using var connection = database.OpenConnection();
            (looked, company) = (Environment.TickCount64, connection.Ask(Company, r => r.GetBoolean(0))[0]);
            return company;
        }
    }

    /// <summary>How long to rest behind so much work; half a minute at most, since who is rested for may be gone by then.</summary>
    public TimeSpan RestAfter(TimeSpan worked) => !InCompany() ? TimeSpan.Zero : worked * RestPerWork < Longest ? worked * RestPerWork : Longest;
}
