using System.Diagnostics;
using Debci.Api.Audit;
using Debci.Domain;
using Debci.Playground;

namespace Debci.Api.Tests.Audit;

/// <summary>Heads: signed, growing on from each other, and verified by a program that shares nothing with this one.</summary>
public sealed class HeadTests
{
    [Fact]
    public async Task The_tree_is_the_same_however_the_log_is_cut_and_each_head_goes_on_from_the_one_before()
    {
        await using var log = await AuditedLog.With(0);
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", (await log.Head()).Head.Root);
        foreach (var more in new[] { 1, 1, 30, 1, 31, 32, 7 }) // around the ends of rows
        {
            await log.Append(more);
            await log.Head();
        }
        var heads = log.Heads.ToList();
        Assert.Equal([0, 1, 2, 32, 33, 64, 96, 103], heads.Select(h => h.Size));
        Assert.Equal("103.1", $"{heads[^1].Size}.{heads[^1].Position.Split('.').Length - 1}");
        foreach (var pageSize in new[] { 1, 7, 2000 })
        {
            await log.Execute("truncate read_proof_v1.proof_leaves; update read.checkpoints set position = 0 where name = 'proof'");
            await log.CatchUp(pageSize);
            Assert.True((await log.Verify([.. heads])).Well);
        }
        Directory.Delete(log.Folder, recursive: true);
        Assert.Equal(heads[^1].Root, (await log.Head()).Head.Root); // from the first leaf on
    }

    [Fact]
    public async Task Made_twice_a_head_is_made_once_and_one_of_another_key_is_not_gone_on_from()
    {
        await using var log = await AuditedLog.With(5);
        Assert.True((await log.Head()).IsNew);
        var written = File.GetLastWriteTimeUtc((await log.Head()).File);
        var (head, file, isNew) = await log.Head();
        Assert.False(isNew);
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));

        var other = log.AnotherKey();
        Assert.False(head.IsSignedBy(other.Public));
        Assert.Contains("is not signed by", (await log.Verify(AuditHead.Sign(head.Tree()!, head.Log, 5, DateTimeOffset.UnixEpoch, other))).Said, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, head.ToJson().Replace("\"size\": 5", "\"size\": 6", StringComparison.Ordinal));
        await Assert.ThrowsAsync<InvalidOperationException>(() => log.Head()); // a head that was altered is none
    }

    [Fact]
    public async Task A_key_is_its_owners_alone_and_is_never_overwritten()
    {
        await using var log = await AuditedLog.With(0);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log.KeyFile));
        Assert.Equal(log.Key.Public, SigningKey.Load(log.KeyFile).Public);
        Assert.Throws<IOException>(() => SigningKey.Create(log.KeyFile));
        File.SetUnixFileMode(log.KeyFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<InvalidOperationException>(() => SigningKey.Load(log.KeyFile)).Message, StringComparison.Ordinal);
    }

    /// <summary>RFC 8032, section 7.1, test 2.</summary>
    [Fact]
    public void Signatures_are_those_of_the_standard()
    {
        var key = Convert.ToBase64String(Convert.FromHexString("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
        var signature = Convert.ToBase64String(Convert.FromHexString("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
        Assert.True(SigningKey.Verifies(key, [0x72], signature));
        Assert.False(SigningKey.Verifies(key, [0x73], signature));
        Assert.False(SigningKey.Verifies("AAAA", [0x72], signature));
        Assert.False(SigningKey.Verifies("no base64", [0x72], "neither"));
    }

    [Fact]
    public async Task A_copied_log_with_other_positions_keeps_its_head()
    {
        await using var log = await AuditedLog.With(40);
        var before = (await log.Head()).Head;
        await log.Execute("update log.mt_events set seq_id = -(seq_id * 10); update log.mt_events set seq_id = -seq_id; update read.checkpoints set position = position * 10");
        await log.Rebuild();
        Assert.True((await log.Verify(before)).Well);
    }

    [Fact]
    public async Task An_exported_log_is_verified_by_a_program_that_needs_nothing_of_ours()
    {
        await using var log = await AuditedLog.With(40);
        await log.Head();
        await log.Append(30);
        var newest = (await log.Head()).File;
        var export = Path.Combine(Path.GetDirectoryName(log.KeyFile)!, "log.jsonl");
        await using (var output = File.Create(export))
            Assert.Equal(70, await AuditWork.Export(log.Database, output, head: null));

        Assert.Equal((0, true), await Says("70 lines", log.Key.Public, export, log.Folder));

        var lines = await File.ReadAllLinesAsync(export);
        await File.WriteAllLinesAsync(export, lines.Where((_, i) => i != 50));
        Assert.Equal((1, true), await Says("covers 70 events, and the log has 69", log.Key.Public, export, newest));
        await File.WriteAllLinesAsync(export, lines.Select((l, i) => i == 50 ? l.Replace("\"w1\"", "\"w2\"", StringComparison.Ordinal) : l));
        Assert.Equal((1, true), await Says("a line behind line 40, at or before line 70", log.Key.Public, export, log.Folder));
        Assert.Equal((1, true), await Says("is not signed by", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", export, newest));
        Assert.Equal((2, true), await Says("No such file", log.Key.Public, export + ".not", newest));
    }

    [Fact]
    public async Task Beside_a_head_of_another_log_none_is_made()
    {
        await using var audited = await AuditedLog.With(events: 3);
        await audited.Head();
        await audited.Execute("update log.debci_log set id = 'other'");
        await audited.Append(1);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => audited.Head());
        Assert.StartsWith("ALERT: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_that_another_key_has_signed_over_other_events_is_not_signed_on_top_of()
    {
        await using var audited = await AuditedLog.With(events: 4);
        await audited.Head();
        await audited.Append(3);
        var other = audited.AnotherKey();
        var planted = (await audited.Head()).Head.Tree()!;
        foreach (var file in Directory.EnumerateFiles(audited.Folder, "head-*7.json"))
            File.Delete(file);
        planted.Add(MerkleHash.Leaf("nobody appended this"u8));
        var head = AuditHead.Sign(planted, (await audited.Head()).Head.Log, 8, DateTimeOffset.UnixEpoch, other);
        await audited.Append(3);
        head.Save(audited.Folder);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => audited.Head());

        Assert.Contains("does not follow from the first 8 events", refused.Message, StringComparison.Ordinal);
        Assert.Equal([4, 7, 8], audited.Heads.Select(h => h.Size)); // and nothing aside
        Assert.Equal(3, Directory.EnumerateFileSystemEntries(audited.Folder).Count());
    }

    [Fact]
    public async Task A_key_follows_another_whose_heads_agree_with_the_log()
    {
        await using var audited = await AuditedLog.With(events: 40);
        var first = (await audited.Head()).Head;
        var next = audited.AnotherKey();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => audited.Head(next));
        Assert.Contains("is not yours", refused.Message, StringComparison.Ordinal);
        await audited.Append(5);

        var (head, _, isNew) = await audited.Head(next);

        Assert.True(isNew);
        Assert.True(head.IsSignedBy(next.Public));
        Assert.True((await audited.Verify(first)).Well);
        await audited.Execute("update read.proof_leaves set hashes = overlay(hashes placing '\\x00'::bytea from 1) where block = 0");
        await audited.Append(1);
        Assert.True((await audited.Head(next, first.Key)).IsNew); // ours and trusted ones are not read again
    }

    [Fact]
    public async Task Without_a_head_nothing_is_proved()
    {
        await using var audited = await AuditedLog.With(events: 1);
        var nothing = Directory.CreateDirectory(Path.Combine(audited.Folder, "nothing")).FullName;
        Assert.Equal((2, true), await Says("there is no head", audited.Key.Public, "-", nothing));
    }

    [Fact]
    public async Task A_reason_that_was_changed_in_PostgreSQL_is_not_shown_as_one()
    {
        await using var audited = await AuditedLog.With(events: 1);
        var texts = new Api.Dispatch.Texts(audited.Database);
        var hash = await texts.Keep("it broke testing", default);
        Assert.Equal("it broke testing", (await texts.Find([hash], default))[hash!]);
        await audited.Execute("update work.texts set text = 'nobody knows'");
        Assert.Equal(Api.Dispatch.Texts.Altered, (await texts.Find([hash], default))[hash!]);
    }

    private static async Task<(int, bool)> Says(string words, string key, params string[] arguments)
    {
        using var program = Process.Start(new ProcessStartInfo("python3", [Repository.Path("ops/audit-verify"), "--public-key", key, .. arguments])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await program.StandardOutput.ReadToEndAsync() + await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        return (program.ExitCode, said.Contains(words, StringComparison.Ordinal) ? true : throw new Xunit.Sdk.XunitException(said));
    }
}
