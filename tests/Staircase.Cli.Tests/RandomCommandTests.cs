namespace Staircase.Cli.Tests;

/// <summary>Commands that nobody wrote: what must hold of all of them holds of these. benchmarks has the long run.</summary>
[Collection(InProcess.Name)]
public sealed class RandomCommandTests
{
    private const int Commands = 60;

    [Fact]
    public void Random_settings_end_in_an_answer_or_in_one_line()
    {
        using var folder = new TemporaryFolder();
        const int seed = 1;
        string[] complaints = [.. Enumerable.Range(0, Commands)
            .Select(i => Soak.Complaint(RandomCommands.Draw(seed, i), folder.Path)).OfType<string>()];
        Assert.True(complaints.Length == 0, string.Join("\n\n", complaints));
    }
}
