using BenchmarkDotNet.Attributes;
using Staircase.Kernels;
using Staircase.Transformers;

namespace Staircase.Benchmarks;

/// <summary>
/// One full-batch step of softmax attention: loss and gradient over all tokens of 5,000 sequences of 31 pairs in four dimensions, as
/// published.
/// </summary>
[MedianColumn]
[MemoryDiagnoser]
public class SoftmaxBenchmarks
{
    private SoftmaxObjective _objective = null!;
    private double[] _weights = [];
    private double[] _gradient = [];

    /// <summary>Model, as published.</summary>
    [Params("merged H8", "separate H5 R1")]
    public string Setting { get; set; } = "";

    /// <summary>Threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Draws data and weights.</summary>
    [GlobalSetup]
    public void Setup()
    {
        AttentionModel model = Setting == "merged H8" ? new MergedAttention(4, 8) : new SeparateAttention(4, 5, 1);
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(4), contextLength: 31);
        _objective = SoftmaxObjective.FullBatch(model, task.Sample(5000, seed: 10), team: new ThreadTeam(Threads));
        _weights = model.Initialize(0.5, seed: 10, InitializationScheme.Full);
        _gradient = new double[_weights.Length];
    }

    /// <summary>Loss and gradient.</summary>
    [Benchmark]
    public double Step() => _objective.Evaluate(_weights, _gradient);
}
