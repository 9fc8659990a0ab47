using System.Diagnostics;
using Staircase.Kernels;

namespace Staircase.Benchmarks;

/// <summary>
/// Matrix products here and in OpenBLAS in turn, so that whatever else the machine does touches both alike; and the processor time of each,
/// which waiting for a core does not touch.
/// </summary>
internal static class ProductRatios
{
    private static readonly (int Rows, int Columns, int Inner)[] Sizes =
        [(3830, 512, 128), (3830, 128, 512), (512, 512, 512), (2048, 2048, 2048)];

    /// <summary>Prints the table; arguments after the first are seconds for each row (default 3).</summary>
    public static int Run(string[] arguments)
    {
        double seconds = arguments.Length > 0 ? double.Parse(arguments[0]) : 3;
        try
        {
            OpenBlas.UseThreads(1);
        }
        catch (InvalidOperationException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 2;
        }

        // Older versions take newer processors for Haswell and leave half of their width unused: no yardstick.
        Console.WriteLine($"OpenBLAS for {OpenBlas.Core}, here {KernelHardware.VectorBits} bits.");
        if (KernelHardware.VectorBits == 512 && OpenBlas.Core == "Haswell")
            Console.WriteLine("OpenBLAS does not use AVX-512 here: set OPENBLAS_CORETYPE=SKYLAKEX for a fair comparison.");
        Console.WriteLine(
            "rows x columns x inner   A B  threads   best Gflop/s: OpenBLAS   here   ratio   " +
            "median ratio of a pair (quartiles)   ratio of processor time   pairs");
        foreach ((int rows, int columns, int inner) in Sizes)
        {
            foreach ((bool transposeA, bool transposeB) in ((bool, bool)[])[(false, false), (false, true), (true, false)])
            {
                foreach (int threads in (int[])[1, 2])
                    Compare(rows, columns, inner, transposeA, transposeB, threads, seconds);
            }
        }

        return 0;
    }

    private static void Compare(int rows, int columns, int inner, bool transposeA, bool transposeB, int threads, double seconds)
    {
        var random = new Random(1);
        float[] a = Normal(rows * inner), b = Normal(inner * columns), theirs = new float[rows * columns], ours = new float[rows * columns];
        OpenBlas.UseThreads(threads);
        using ThreadTeam? team = threads > 1 ? new ThreadTeam(threads) : null;
        var times = new List<(double Theirs, double Ours)>();
        double theirProcessor = 0, ourProcessor = 0;
        var watch = Stopwatch.StartNew();
        for (int pair = -3; pair < 5 || watch.Elapsed.TotalSeconds < seconds; pair++)
        {
            double before = Environment.CpuUsage.TotalTime.TotalSeconds;
            long start = Stopwatch.GetTimestamp();
            OpenBlas.Multiply(rows, columns, inner, a, transposeA, b, transposeB, theirs);
            double theirTime = Stopwatch.GetElapsedTime(start).TotalSeconds, between = Environment.CpuUsage.TotalTime.TotalSeconds;
            start = Stopwatch.GetTimestamp();
            MatrixView<float> A = transposeA ? a.AsMatrix(inner, rows).Transposed : a.AsMatrix(rows, inner);
            MatrixView<float> B = transposeB ? b.AsMatrix(columns, inner).Transposed : b.AsMatrix(inner, columns);
            MatrixProduct.Of(1, A, B, ours, team: team);
            double ourTime = Stopwatch.GetElapsedTime(start).TotalSeconds, after = Environment.CpuUsage.TotalTime.TotalSeconds;
            if (pair < 0)
                continue;
            times.Add((theirTime, ourTime));
            theirProcessor += between - before;
            ourProcessor += after - between;
        }

        double worst = 0;
        for (int i = 0; i < ours.Length; i++)
            worst = Math.Max(worst, Math.Abs(ours[i] - theirs[i]));
        if (!(worst < 1e-5 * inner))
            throw new InvalidOperationException($"{rows} x {columns} x {inner}: the products differ by {worst}.");
        double their = times.Min(t => t.Theirs), our = times.Min(t => t.Ours), flop = 2.0 * rows * columns * inner;
        double[] ratios = [.. times.Select(t => t.Theirs / t.Ours).Order()];
        Console.WriteLine(
            $"{rows,5} x {columns,4} x {inner,4}       {(transposeA ? 'T' : 'N')} {(transposeB ? 'T' : 'N')}  {threads,7}   " +
            $"{flop / their / 1e9,22:F1} {flop / our / 1e9,6:F1}  {their / our,6:F2}" +
            $"   {At(0.5),20:F2} ({At(0.25):F2}-{At(0.75):F2})   {theirProcessor / ourProcessor,29:F2}   {times.Count,5}");

        double At(double quantile) => ratios[(int)(quantile * (ratios.Length - 1))];

        float[] Normal(int length)
        {
            var values = new float[length];
            foreach (ref float value in values.AsSpan())
                value = (float)(random.NextDouble() - 0.5);
            return values;
        }
    }
}
