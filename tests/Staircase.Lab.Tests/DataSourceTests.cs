namespace Staircase.Lab.Tests;

public sealed class DataSourceTests
{
    [Theory]
    [InlineData("population", DataKind.Population, 0, null)]
    [InlineData("sample:5000", DataKind.Sample, 5000, null)]
    [InlineData("online:1", DataKind.Online, 1, null)]
    [InlineData("some/where.npz", DataKind.File, 0, "some/where.npz")]
    [InlineData("sample:3.npz", DataKind.File, 0, "sample:3.npz")]
    [InlineData("rows.CSV", DataKind.File, 0, "rows.CSV")]
    [InlineData("pairs.npy", DataKind.File, 0, "pairs.npy")]
    public void Reads_and_writes(string text, DataKind kind, int count, string? path)
    {
        Assert.Equal(new DataSource(kind, count, path), DataSource.Parse(text));
        Assert.Equal(text, DataSource.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Population")]
    [InlineData("sample")]
    [InlineData("sample:")]
    [InlineData("sample:0")]
    [InlineData("sample:-5")]
    [InlineData("sample:1e3")]
    [InlineData("sample:99999999999")]
    [InlineData("online:1:2")]
    [InlineData("batch:5")]
    [InlineData("tokens.txt")]
    public void Anything_else_is_refused(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<InputException>(() => DataSource.Parse(text)).Message, StringComparison.Ordinal);
}
