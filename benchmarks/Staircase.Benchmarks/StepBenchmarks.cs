using BenchmarkDotNet.Attributes;
using Staircase.Kernels;

namespace Staircase.Benchmarks;

/// <summary>
/// One full-batch step of gradient descent on a sample's moments, beside the matrix–vector products it cannot do without:
/// the ratio says how much of a step is anything else.
/// </summary>
/// <remarks>The cost does not depend on the number of sequences, so the moments come from a small sample.</remarks>
[MedianColumn]
public class StepBenchmarks
{
    private const int Steps = 1000;
    private const int Sequences = 500;

    /// <summary>So small that no number of steps leaves the start: what is timed stays the same.</summary>
    private const double LearningRate = 1e-12;

    private Descent<double> _descent = null!;
    private double[] _matrix = [];
    private double[] _vector = [];
    private double[] _product = [];
    private int _stride;

    /// <summary>Model and dimension, as published.</summary>
    [Params("merged D4 H8", "separate D4 H5 R1", "separate D8 H9 R8")]
    public string Setting { get; set; } = "";

    /// <summary>Builds the moments, and a matrix of their size.</summary>
    [GlobalSetup]
    public void Setup()
    {
        AttentionModel model = Setting switch
        {
            "merged D4 H8" => new MergedAttention(4, 8),
            "separate D4 H5 R1" => new SeparateAttention(4, 5, 1),
            "separate D8 H9 R8" => new SeparateAttention(8, 9, 8),
            _ => throw new InvalidOperationException($"Unknown setting '{Setting}'."),
        };
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(model.InputDimension), contextLength: 31);
        QuadraticLoss loss = QuadraticLoss.From(task.Sample(Sequences, seed: 10));
        double[] weights = model.Initialize(scale: 0.01, seed: 10, InitializationScheme.Full);
        _descent = new Descent<double>(new Objective(model, loss), new GradientDescent(LearningRate), weights);

        int n = AttentionMap.Length(model.InputDimension);
        _stride = (n + 7) / 8 * 8;
        _matrix = new double[n * _stride];
        _vector = new double[n];
        _product = new double[n];
        var random = new RandomStream(10, RandomPurpose.Probe);
        random.FillNormal(_vector);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                _matrix[i * _stride + j] = loss.FeatureCovariance(i, j);
        }
    }

    /// <summary>C t from the upper triangle of C, as a step computes it.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Steps)]
    public void SymmetricProduct()
    {
        for (int step = 0; step < Steps; step++)
            SymmetricMatrix.Multiply(_vector.Length, _matrix, _stride, _vector, _product);
    }

    /// <summary>C t from every row of C, the ordinary way.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public void FullProduct()
    {
        int n = _vector.Length;
        for (int step = 0; step < Steps; step++)
        {
            for (int i = 0; i < n; i++)
                _product[i] = VectorKernels.Dot(_matrix.AsSpan(i * _stride, n), _vector);
        }
    }

    /// <summary>Map, loss, gradient, pull-back and update, recorded by nobody.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public void Step()
    {
        for (int step = 0; step < Steps; step++)
            _descent.Advance();
    }
}
