using Npgsql;

namespace Debci.Projections;

/// <summary>The statements that a page amounts to, for one read model; sent with those of its neighbours in one round trip.</summary>
/// <param name="schema">The schema of the read model's tables.</param>
public sealed class Writes(string schema)
{
    private readonly List<NpgsqlBatchCommand> commands = [];

    /// <summary>The schema of the read model's tables.</summary>
    public string Schema { get; } = schema;

    /// <summary>In the order in which they are to run.</summary>
    public IReadOnlyList<NpgsqlBatchCommand> Commands => commands;

    /// <summary>
    /// Adds a statement whose parameters <c>$1, $2, …</c> are columns: arrays of one length, for <c>unnest</c>.
    /// Nothing is added when they are empty.
    /// </summary>
    public void Add(string sql, params Array[] columns)
    {
        if (columns[0].Length == 0)
            return;
        var command = new NpgsqlBatchCommand(sql);
        foreach (var column in columns)
            command.Parameters.Add(new NpgsqlParameter { Value = column });
        commands.Add(command);
    }
}
