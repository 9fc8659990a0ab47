using BenchmarkDotNet.Attributes;

namespace Staircase.Benchmarks;

/// <summary>
/// One update on vector-valued tasks at several context lengths: contexts are drawn by their covariance, so that the time must not depend
/// on N; beside it the same by tokens.
/// </summary>
[MedianColumn]
public class VectorBenchmarks
{
    private const int Tasks = 1000;
    private const int Batch = 5;

    private Descent<double> _covariance = null!;
    private Descent<double> _tokens = null!;

    /// <summary>N.</summary>
    [Params(20, 200, 2000)]
    public int ContextLength { get; set; }

    /// <summary>The published setting, at a learning rate so small that what is timed stays the same.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var task = new VectorRegressionTask(Spectrum.Of(1.7, 1.4, 1.1, 1.0), ContextLength, TaskSet.Diagonal(4, Tasks, seed: 1));
        _covariance = Training(tokens: null);
        _tokens = Training(tokens: true);

        Descent<double> Training(bool? tokens) => new(
            new VectorObjective(task, new() { BatchSize = Batch, Tokens = tokens }, seed: 1), new GradientDescent(1e-12),
                VectorWeights.Aligned(4, 0.1).All);
    }

    /// <summary>An update, its contexts drawn by Bartlett's decomposition.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Tasks)]
    public void Update() => Epoch(_covariance);

    /// <summary>An update, its contexts drawn token by token.</summary>
    [Benchmark(OperationsPerInvoke = Tasks)]
    public void UpdateByTokens() => Epoch(_tokens);

    private static void Epoch(Descent<double> training)
    {
        for (int update = 0; update < Tasks; update++)
            training.Advance();
    }
}
