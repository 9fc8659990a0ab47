using BenchmarkDotNet.Attributes;

namespace Staircase.Benchmarks;

/// <summary>The population gradient flow from the initial weights through every predicted drop to the last plateau.</summary>
[MedianColumn]
public class FlowBenchmarks
{
    /// <summary>How near the loss must be to that of its last plateau for the flow to count as through all drops.</summary>
    private const double HeightTolerance = 1e-3;

    private AttentionModel _model = null!;
    private PopulationLoss _loss = null!;
    private double[] _weights = [];
    private double _until;

    /// <summary>Model and dimension; separate attention has as many heads as there are components.</summary>
    [Params("merged D4 H8", "separate D8 H8 R1", "separate D64 H64 R1")]
    public string Setting { get; set; } = "";

    /// <summary>Draws the weights, asks theory for the end, and checks once that the flow gets there.</summary>
    [GlobalSetup]
    public void Setup()
    {
        // The end, in times of the last predicted drop: merged attention's one drop has a long tail.
        (_model, double settled) = Setting switch
        {
            "merged D4 H8" => ((AttentionModel)new MergedAttention(4, 8), 30.0),
            "separate D8 H8 R1" => (new SeparateAttention(8, 8, 1), 1.5),
            "separate D64 H64 R1" => (new SeparateAttention(64, 64, 1), 1.5),
            _ => throw new InvalidOperationException($"Unknown setting '{Setting}'."),
        };
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(_model.InputDimension), contextLength: 31);
        _loss = task.PopulationLoss();
        _weights = _model.Initialize(scale: 0.02, seed: 10);
        Prediction prediction = Prediction.Of(_model, _weights, ModeMoments.Of(task));
        _until = settled * prediction.Drops[^1].Time;

        Trajectory trajectory = Solve();
        double reached = trajectory.Losses[^1], height = prediction.Plateaus[^1].Height, start = trajectory.Losses[0];
        if (Math.Abs(reached - height) > HeightTolerance * start)
            throw new InvalidOperationException($"{Setting}: the flow ends at loss {reached:G6}, not on its last plateau {height:G6}.");
        Console.WriteLine($"{Setting}: {prediction.Drops.Count} drops, {trajectory.Count - 1} accepted steps until time {_until:G4}.");
    }

    /// <summary>The whole flow at the default tolerance, every accepted step recorded.</summary>
    [Benchmark]
    public Trajectory Solve() => GradientFlow.Solve(_model, _loss, _weights, _until);
}
