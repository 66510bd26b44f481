namespace Debci.Domain.Tests;

public sealed class Uuid5Tests
{
    private static readonly Guid Dns = new("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

    [Fact]
    public void The_vector_of_RFC_9562_comes_out() =>
        Assert.Equal(new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"), Uuid5.Create(Dns, "www.example.com"));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("grün\0\n")]
    public void Every_name_gives_version_5_of_the_RFCs_variant(string name)
    {
        var id = Uuid5.Create(Dns, name);
        Assert.Equal(5, id.Version);
        Assert.InRange(id.Variant, 8, 11);
    }

    [Fact]
    public void The_same_name_repeats_its_id_and_another_does_not()
    {
        Assert.Equal(Uuid5.Create(Dns, "0"), Uuid5.Create(Dns, "0"));
        Assert.NotEqual(Uuid5.Create(Dns, "0"), Uuid5.Create(Dns, "1"));
        Assert.NotEqual(Uuid5.Create(Dns, "0"), Uuid5.Create(Guid.Empty, "0"));
    }
}
