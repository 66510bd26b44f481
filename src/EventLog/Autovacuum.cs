namespace Debci.EventLog;

/// <summary>How PostgreSQL cleans large tables whose rows change.</summary>
public static class Autovacuum
{
    /// <summary>Of such a table: it is cleaned when a fiftieth of its rows is dead. PostgreSQL's own fifth would be twenty million rows of a hundred.</summary>
    public const string Often = "autovacuum_vacuum_scale_factor = 0.02";
}
