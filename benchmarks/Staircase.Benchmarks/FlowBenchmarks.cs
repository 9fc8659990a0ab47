using BenchmarkDotNet.Attributes;

namespace Staircase.Benchmarks;

/// <summary>The population gradient flow from the initial weights until half as long again after the last predicted drop.</summary>
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
        _model = Setting switch
        {
            "merged D4 H8" => new MergedAttention(4, 8),
            "separate D8 H8 R1" => new SeparateAttention(8, 8, 1),
            "separate D64 H64 R1" => new SeparateAttention(64, 64, 1),
            _ => throw new InvalidOperationException($"Unknown setting '{Setting}'."),
        };
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(_model.InputDimension), contextLength: 31);
        _loss = task.PopulationLoss();
        _weights = _model.Initialize(scale: 0.02, seed: 10);
        Prediction prediction = _model.Predict(_weights, ModeMoments.Of(task));
        _until = 1.5 * prediction.Drops[^1].Time;

        Trajectory trajectory = Solve();
        double reached = trajectory.Points[^1].Loss, height = prediction.Plateaus[^1].Height, start = trajectory.Points[0].Loss;
        if (Math.Abs(reached - height) > HeightTolerance * start)
            throw new InvalidOperationException($"{Setting}: the flow ends at loss {reached:G6}, not on its last plateau {height:G6}.");
        Console.WriteLine($"{Setting}: {prediction.Drops.Count} drops, {trajectory.Points.Count - 1} accepted steps until time {_until:G4}.");
    }

    /// <summary>The whole flow at the default tolerance 1e-6, every accepted step recorded.</summary>
    [Benchmark]
    public Trajectory Solve() => GradientFlow.Solve(_model, _loss, _weights, _until);
}
