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

    private VectorDescent _covariance = null!;
    private VectorDescent _tokens = null!;

    /// <summary>N.</summary>
    [Params(20, 200, 2000)]
    public int ContextLength { get; set; }

    /// <summary>The published setting, at a learning rate so small that what is timed stays the same.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var task = new VectorRegressionTask(Spectrum.Of(1.7, 1.4, 1.1, 1.0), ContextLength, TaskSet.Diagonal(4, Tasks, seed: 1));
        var options = new VectorDescentOptions { EpochRate = 1e-9, BatchSize = Batch };
        _covariance = new VectorDescent(task, VectorWeights.Aligned(4, 0.1), options, seed: 1);
        _tokens = new VectorDescent(task, VectorWeights.Aligned(4, 0.1), options with { Tokens = true }, seed: 1);
    }

    /// <summary>An update, its contexts drawn by Bartlett's decomposition.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Tasks)]
    public void Update() => _covariance.RunEpoch();

    /// <summary>An update, its contexts drawn token by token.</summary>
    [Benchmark(OperationsPerInvoke = Tasks)]
    public void UpdateByTokens() => _tokens.RunEpoch();
}
