using System.Diagnostics;
using Staircase.Kernels;

namespace Staircase.Benchmarks;

/// <summary>
/// A step of one descent and a step of many seeds on the same moments, in turn, so that whatever else the machine does touches both alike;
/// and the two products alone.
/// </summary>
internal static class EnsembleSteps
{
    private const int Seeds = 64;

    /// <summary>Prints the table; arguments after the first are seconds for each row (default 3).</summary>
    public static int Run(string[] arguments)
    {
        double seconds = arguments.Length > 0 ? double.Parse(arguments[0]) : 3;
        Console.WriteLine($"{Seeds} seeds against one, {KernelHardware.VectorBits} bits, {ThreadTeam.SharedThreads} threads for the seeds, 1 for one.");
        Console.WriteLine("model                 n   product: one µs, Gflop/s   all: µs, Gflop/s   ratio   step: one µs   all µs   ratio (quartiles)   pairs");
        foreach ((string name, AttentionModel model) in ((string, AttentionModel)[])
            [
                ("separate D4 H5", new SeparateAttention(4, 5, 1)), ("separate D8 H9", new SeparateAttention(8, 9, 1)),
                ("merged D8 H16", new MergedAttention(8, 16)), ("separate D8 H9 R8", new SeparateAttention(8, 9, 8)),
                ("separate D12 H13", new SeparateAttention(12, 13, 1)), ("separate D16 H17", new SeparateAttention(16, 17, 1)),
                ("separate D20 H21", new SeparateAttention(20, 21, 1)),
            ])
        {
            Compare(name, model, seconds);
        }

        return 0;
    }

    private static void Compare(string name, AttentionModel model, double seconds)
    {
        int D = model.InputDimension, n = AttentionMap.Length(D), stride = (n + 8) / 8 * 8;
        QuadraticLoss loss = QuadraticLoss.From(RegressionTask.Create(Spectrum.Linear(D), contextLength: 31).Sample(500, seed: 10));
        var optimizer = new GradientDescent(1e-12);
        Descent<double> one = New(0);
        int parts = ThreadTeam.SharedThreads;
        Descent<double>[][] groups =
            [.. Enumerable.Range(0, parts).Select(part => Enumerable.Range(0, Seeds).Where(i => i % parts == part).Select(New).ToArray())];
        JointDescent[] joint = [.. groups.Select(group => JointDescent.Of(group)!)];

        double[] matrix = new double[n * stride], x = new double[Seeds * n], y = new double[Seeds * n];
        new RandomStream(10, RandomPurpose.Probe).FillNormal(matrix);
        new RandomStream(11, RandomPurpose.Probe).FillNormal(x);
        var watch = Stopwatch.StartNew();
        var products = new List<(double One, double All)>();
        var steps = new List<(double One, double All)>();
        int repeats = Math.Max(1, (int)(200_000_000L / ((long)n * n * Seeds)));
        for (int pair = -3; pair < 5 || watch.Elapsed.TotalSeconds < seconds; pair++)
        {
            double product = Time(repeats * 8, () => SymmetricMatrix.Multiply(n, matrix, stride, x.AsSpan(0, n), y.AsSpan(0, n)));
            double many = Time(repeats, () => SymmetricMatrix.MultiplyMany(n, matrix, stride, Seeds, x, y));
            double step = Time(repeats * 8, () => one.Advance());
            double all = Time(repeats, () => ThreadTeam.Shared.Run(parts, part =>
            {
                joint[part].Evaluate(groups[part]);
                foreach (Descent<double> descent in groups[part])
                    descent.Advance();
            }));
            if (pair < 0)
                continue;
            products.Add((product, many));
            steps.Add((step, all));
        }

        double flop = 2.0 * n * n;
        (double p1, double p64, double s1, double s64) = (
            Median(products.Select(p => p.One)), Median(products.Select(p => p.All)), Median(steps.Select(s => s.One)),
            Median(steps.Select(s => s.All)));
        double[] ratios = [.. steps.Select(s => s.All / s.One).Order()];
        Console.WriteLine(
            $"{name,-18} {n,5}   {p1 * 1e6,17:F1} {flop / p1 / 1e9,7:F1}   {p64 * 1e6,8:F0} {Seeds * flop / p64 / 1e9,8:F1}   {p64 / p1,5:F1}"
            + $"   {s1 * 1e6,12:F1} {s64 * 1e6,8:F0}   {ratios[ratios.Length / 2],5:F1} ({ratios[ratios.Length / 4]:F1}-{ratios[ratios.Length * 3 / 4]:F1})   {ratios.Length,5}");

        Descent<double> New(int seed) =>
            new(new Objective(model, loss), optimizer, model.Initialize(0.01, (ulong)seed, InitializationScheme.Full));
    }

    private static double Median(IEnumerable<double> times) => times.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    private static double Time(int repeats, Action action)
    {
        double before = Environment.CpuUsage.TotalTime.TotalSeconds;
        for (int i = 0; i < repeats; i++)
            action();
        return (Environment.CpuUsage.TotalTime.TotalSeconds - before) / repeats;
    }
}
