using BenchmarkDotNet.Attributes;

namespace Staircase.Benchmarks;

/// <summary>What a run on a sample does once, before its first step: correct the sample, then read it into moments.</summary>
[MedianColumn]
[MemoryDiagnoser]
public class MomentBenchmarks
{
    private const SampleCorrections Corrections = SampleCorrections.WhitenTasks | SampleCorrections.CentreInputs;

    private RegressionTask _task = null!;
    private Sample _sample = null!;
    private int _sequences;

    /// <summary>Dimension and sequences, as published.</summary>
    [Params("D4 P5000", "D8 P80000")]
    public string Setting { get; set; } = "";

    /// <summary>Prepares the sample that <see cref="Moments"/> reads.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (int dimension, _sequences) = Setting == "D4 P5000" ? (4, 5000) : (8, 80_000);
        _task = RegressionTask.Create(Spectrum.Linear(dimension), contextLength: 31).InRandomBasis(seed: 10);
        _sample = Correct();
    }

    /// <summary>Whitened task vectors and centred inputs: one pass over the sequences.</summary>
    [Benchmark]
    public Sample Correct() => _task.Sample(_sequences, seed: 10, Corrections);

    /// <summary>C, b and ȳ²: a second pass, and the products F Fᵀ.</summary>
    [Benchmark]
    public QuadraticLoss Moments() => QuadraticLoss.From(_sample);
}
