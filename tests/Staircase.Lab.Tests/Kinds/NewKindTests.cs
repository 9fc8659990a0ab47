using System.Runtime.CompilerServices;

namespace Staircase.Lab.Tests;

/// <summary>What a kind of experiment costs, and what comes with it.</summary>
public sealed class NewKindTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_kind_with_theory_checks_and_a_report_takes_less_than_three_hundred_lines()
    {
        int lines = ((string[])["ProductExperiment.cs", "ProductStudy.cs", "ProductView.cs"])
            .Sum(file => File.ReadAllLines(Path.Combine(Path.GetDirectoryName(ThisFile())!, file)).Length);
        Assert.InRange(lines, 100, 300);

        static string ThisFile([CallerFilePath] string path = "") => path;
    }

    [Theory]
    [InlineData("gd", 1e-3)]
    [InlineData("momentum", 1e-4)]
    public void It_trains_by_every_optimizer_in_memory_and_in_a_folder_to_the_same_bits(string optimizer, double rate)
    {
        Run memory = Trainer.Train(Study("optimizer=" + optimizer, FormattableString.Invariant($"learning-rate={rate}")), new RunMemory());
        Run folder = Trainer.Train(
            Study("optimizer=" + optimizer, FormattableString.Invariant($"learning-rate={rate}")), RunFolder.Create(_folder["run"]));
        Assert.Equal(memory.Trajectory.Losses, folder.Trajectory.Losses);
        Assert.Equal(memory.Trajectory["m2"], folder.Trajectory["m2"]);
        Assert.True(memory.Trajectory.Losses[^1] < 1e-6);
    }

    [Fact]
    public void Its_theory_is_put_to_the_test_in_its_report()
    {
        Run run = Trainer.Train(Study(), new RunMemory());
        ReportSection section = run.View.Section;
        Assert.Equal(3, section.Checks.Count);
        Assert.All(section.Checks, check => Assert.True(check.Passed, $"{check.Claim}: {check.Measured}, not {check.Expected}"));
        Assert.Equal(2, section.Plots.Count);
        Assert.Single(run.Study.Predict().Tables);
    }

    [Theory]
    [InlineData("targets=3,x", "targets")]
    [InlineData("learning-rate=-1", "learning-rate")]
    public void What_it_cannot_use_is_refused_by_the_name_of_the_key(string word, string key) =>
        Assert.Equal(key, Assert.Throws<InputException>(() => Study(word)).Key);

    private static Study Study(params string[] words) => words.Aggregate(
        (Experiment)new ProductExperiment(),
        (experiment, word) => ProductExperiment.Type.Set(experiment, word.Split('=')[0], word.Split('=')[1], null)).Prepare();
}
