namespace Staircase.Lab.Tests;

public sealed class NearestNameTests
{
    private static readonly string[] Names = ["attention", "heads", "rank", "spectrum", "dim", "context", "trace", "steps", "until",
        "learning-rate"];

    [Theory]
    [InlineData("spektrum", "spectrum")]
    [InlineData("spec", "spectrum")]
    [InlineData("dmi", "dim")]
    [InlineData("hedas", "heads")]
    [InlineData("lerning-rate", "learning-rate")]
    [InlineData("learningrate", "learning-rate")]
    [InlineData("ranks", "rank")]
    [InlineData("dim", "dim")]
    public void Finds_what_was_meant(string typed, string meant) => Assert.Equal(meant, NearestName.Of(typed, Names));

    [Theory]
    [InlineData("zzzzzzzz")]
    [InlineData("batch-normalization")]
    public void Finds_nothing_where_nothing_is_near(string typed)
    {
        Assert.Null(NearestName.Of(typed, Names));
        Assert.Equal($"known are {string.Join(", ", Names)}.", NearestName.Hint(typed, Names));
    }

    /// <summary>An edit of one letter, a swap included, is always undone where names are three edits apart.</summary>
    [Fact]
    public void Undoes_every_single_edit()
    {
        string[] names = ["attention", "spectrum", "tolerance", "checkpoints"];
        foreach (string name in names)
        {
            for (int i = 0; i < name.Length; i++)
            {
                Assert.Equal(name, NearestName.Of(name.Remove(i, 1), names));
                Assert.Equal(name, NearestName.Of(name.Insert(i, "x"), names));
                Assert.Equal(name, NearestName.Of(name.Remove(i, 1).Insert(i, "x"), names));
                if (i > 0)
                    Assert.Equal(name, NearestName.Of($"{name[..(i - 1)]}{name[i]}{name[i - 1]}{name[(i + 1)..]}", names));
            }
        }
    }
}
