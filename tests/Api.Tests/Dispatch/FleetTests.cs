using System.Net.Http.Json;
using System.Text.Json;

namespace Debci.Api.Tests.Dispatch;

/// <summary>What those are told who start and end workers.</summary>
public sealed class FleetTests : Dispatching
{
    [Fact]
    public async Task Each_kind_of_worker_is_wanted_by_what_waits_for_it_and_nothing_that_is_paused()
    {
        await Queue(Alice, [.. Enumerable.Range(0, 3).Select(i => Test($"plain{i}")), .. Enumerable.Range(0, 2).Select(i => Test($"machine{i}", backend: "qemu")),
            Test("arm", arch: "arm64"), Test("paused", suite: "unstable")]);
        await Do(Operator, "pause(kind: SUITE, name: \"unstable\")");
        await Take("w1");
        await Passed();
        await Take("w2", backends: "fake qemu");
        await Settled();

        var kinds = (await Anybody.GetFromJsonAsync<JsonElement>("/fleet")).GetProperty("kinds").EnumerateArray().Select(k =>
            $"{k.GetProperty("arch")} {string.Join('+', k.GetProperty("needs").EnumerateArray())}: {k.GetProperty("pending")} {k.GetProperty("running")} {k.GetProperty("workers")} {k.GetProperty("capacity")} {k.GetProperty("wanted")}");
        Assert.Equal(["amd64 : 2 1 2 2 3", "amd64 qemu: 1 1 1 1 2", "arm64 : 1 0 0 0 1"], kinds);

        using var answer = await Anybody.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        var metrics = await answer.Content.ReadAsStringAsync();
        Assert.All(metrics.TrimEnd('\n').Split('\n'), line => Assert.Matches("^(# (HELP|TYPE) debci_[a-z_]+ .+|debci_[a-z_]+({[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*})? -?[0-9]+)$", line));
        Assert.Contains("\ndebci_runs_pending{arch=\"amd64\",needs=\"\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\ndebci_capacity_wanted{arch=\"amd64\",needs=\"qemu\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\n# TYPE debci_workers gauge\n", metrics, StringComparison.Ordinal);
        Assert.Matches("\ndebci_rows_position [1-9][0-9]*\n", metrics);
    }
}
