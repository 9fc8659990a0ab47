using BenchmarkDotNet.Attributes;
using Staircase.Kernels;

namespace Staircase.Benchmarks;

/// <summary>
/// Single-precision matrix products here and in OpenBLAS. On a machine that does other work trust <c>products</c> more, which measures the
/// two in turn.
/// </summary>
[MedianColumn]
public class ProductBenchmarks
{
    private static readonly ThreadTeam[] Teams = [new(1), new(2)];

    private int _rows, _columns, _inner;
    private float[] _a = [], _b = [], _c = [];

    /// <summary>Rows, columns and inner length.</summary>
    [Params("3830 512 128", "3830 128 512", "512 512 512", "2048 2048 2048")]
    public string Size { get; set; } = "";

    /// <summary>Threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Fills the factors; says what to install where OpenBLAS is missing.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = [.. Size.Split(' ').Select(int.Parse)];
        (_rows, _columns, _inner) = (sizes[0], sizes[1], sizes[2]);
        OpenBlas.UseThreads(Threads);
        var random = new Random(1);
        _a = [.. Enumerable.Range(0, _rows * _inner).Select(_ => random.NextSingle())];
        _b = [.. Enumerable.Range(0, _inner * _columns).Select(_ => random.NextSingle())];
        _c = new float[_rows * _columns];
    }

    /// <summary>cblas_sgemm.</summary>
    [Benchmark(Baseline = true)]
    public void OpenBlasProduct() => OpenBlas.Multiply(_rows, _columns, _inner, _a, false, _b, false, _c);

    /// <summary>Ours.</summary>
    [Benchmark]
    public void Product() =>
        MatrixProduct.Of(1, _a.AsMatrix(_rows, _inner), _b.AsMatrix(_inner, _columns), _c, team: Teams[Threads - 1]);
}
