using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary>A run as one line for people.</summary>
internal static class RunLine
{
    public const string Fields = "id package suite arch state status cause message version durationSeconds worker attempt";

    public static string Of(JsonElement run)
    {
        var (state, status) = (Text(run, "state"), Text(run, "status"));
        var what = state == "FINISHED" ? status : state;
        var details = new[] { Text(run, "version"), Duration(run), Text(run, "cause"), Text(run, "message"), state == "RUNNING" ? $"on {Text(run, "worker")}" : "" };
        return Terminal.Safe($"{Text(run, "id"),8}  {Text(run, "package"),-24} {Text(run, "suite")}/{Text(run, "arch"),-8} {what,-10} "
            + string.Join("  ", details.Where(d => d.Length > 0))).TrimEnd();
    }

    private static string Text(JsonElement run, string name) => run.GetProperty(name) is { ValueKind: not JsonValueKind.Null } value ? $"{value}" : "";

    private static string Duration(JsonElement run) => Text(run, "durationSeconds") is { Length: > 0 } seconds ? $"{seconds} s" : "";
}
