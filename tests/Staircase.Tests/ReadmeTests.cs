namespace Staircase.Tests;

/// <summary>What the README shows in C# is what the library does.</summary>
public class ReadmeTests
{
    [Fact]
    public void The_block_gives_the_table_of_plateaus()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(4), contextLength: 31);
        var model = new SeparateAttention(inputDimension: 4, heads: 5, rank: 1);
        ModeMoments moments = ModeMoments.Of(task);
        double[] weights = model.Initialize(scale: 0.01, seed: 10);
        Prediction theory = Prediction.Of(model, weights, moments);
        Trajectory run = GradientFlow.Solve(
            model, task.PopulationLoss(), weights, 1.5 * theory.Drops[^1].Time, Recording.Of(moments),
            cancellation: TestContext.Current.CancellationToken);
        Comparison comparison = Comparison.Of(theory, run, w => Algorithm.Examine(model, w, task.Sample(1000, seed: 1), task, count: 1000));

        // The heights of the README's first table, from Zhang et al. 2025, Eq. 19; what is learned and what the model does on each plateau.
        double[] heights = [1, 0.64058, 0.377372, 0.209805, 0.135995];
        Assert.Equal([0, 1, 2, 3, 4], comparison.Plateaus.Select(p => p.Learned.Count));
        Assert.All(comparison.Plateaus.Zip(heights), pair => Assert.Equal(pair.Second, pair.First.Predicted!.Height, 1e-6));
        Assert.All(comparison.Plateaus, p => Assert.InRange(Math.Abs(p.HeightError!.Value), 0, 0.01));
        Assert.Equal(
            ["predicts zero", .. Enumerable.Range(1, 3).Select(m => $"principal component regression, m = {m}"),
                "least squares in context"],
            comparison.Plateaus.Select(p => p.Algorithm!.Name), StringComparer.Ordinal);
    }

    [Fact]
    public void The_block_has_at_most_fifteen_lines_and_five_more()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Folder, "README.md"));
        string block = readme.Split("```csharp")[1].Split("```")[0];
        string[] parts = block.Trim().Split("\n\n");
        Assert.Equal(3, parts.Length);
        Assert.InRange(parts[0].Split('\n').Length + parts[1].Split('\n').Length, 1, 15);
        Assert.InRange(parts[2].Split('\n').Length, 1, 5);
    }
}
