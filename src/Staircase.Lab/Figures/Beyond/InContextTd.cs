using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Lab;

/// <summary>Beyond the papers: temporal-difference learning in the forward pass, the setting of Xie et al. 2026.</summary>
internal sealed class InContextTd() : Figure(
    "in-context-td", "Temporal-difference learning in the forward pass",
    "temporal-difference learning in the forward pass: contraction, rate and floor", Beyond,
    SoftmaxTemporalDifference.Result)
{
    private const double Discount = 0.9;

    private const double Exponent = 0.08; // of an exponent over two decades of length, from the mean over few trajectories

    private static readonly string Theory = Own(SoftmaxTemporalDifference.Result), Theorem = Of(Paper.Xie2026, "Theorem 2");

    private static readonly (double[,] Transitions, double[] Rewards) Process = Draw();

    public override ReportSection Reproduce(Bench bench)
    {
        SoftmaxTemporalDifference chain = Chain(0);
        double needed = chain.SmallestSharpness();
        double[] sharpnesses = [1, 0.5 * needed, needed + 0.5, needed + 2, 40];
        Rate[] rates = [.. sharpnesses.Select(Rate.Of)];
        int[] lengths = bench.Quick ? [1000, 10_000, 100_000] : [1000, 3000, 10_000, 30_000, 100_000, 300_000];
        (int Length, double Error)[] floors = bench.ForEach(lengths, n => (n, Floor(n, needed + 2, bench.Quick ? 12 : 40)));
        return Titled with
        {
            Lead = "A softmax transformer evaluates a policy from a trajectory in its context, one update $v \\leftarrow v + M(r + \\gamma "
                + "P v - v)$ a layer. How sharply a state attends to itself decides whether and how fast the error shrinks.",
            Plots = [Layers(rates), Floors(floors)],
            Checks = [.. OfForward(), .. rates.SelectMany(rate => rate.Checks()), .. OfFloor(floors)],
            Tables =
            [
                Table.Of(
                    "Rates a layer", ["ζ", "margin C", "1 − 2C", "1 − C (published)", "norm of the error map", "spectral radius",
                        "measured"], rates,
                    r =>
                    [
                        Number(r.Sharpness), Number(r.Margin), r.Margin > 0 ? Number(1 - 2 * r.Margin) : "—",
                            r.Margin > 0 ? Number(1 - r.Margin) : "—",
                        Number(r.Norm), Number(r.Radius), Number(r.Measured),
                    ]),
            ],
            Notes =
            [
                "A chain of six states with random transitions and rewards, γ = 0.9, one-hot features of size √ζ.",
                "The condition is sufficient, not necessary: with less attention to itself a state may still converge, at the spectral "
                    + "radius.",
            ],
        };
    }

    private static SoftmaxTemporalDifference Chain(double sharpness) => new(Process.Transitions, Process.Rewards, Discount, sharpness);

    /// <summary>Random transitions and rewards.</summary>
    private static (double[,] Transitions, double[] Rewards) Draw()
    {
        const int states = 6;
        var random = new RandomStream(12, RandomPurpose.Language);
        double[,] P = new double[states, states];
        double[] r = new double[states];
        for (int s = 0; s < states; s++)
        {
            double sum = 0;
            for (int next = 0; next < states; next++)
                sum += P[s, next] = 0.1 + random.NextUniform();
            for (int next = 0; next < states; next++)
                P[s, next] /= sum;
            r[s] = random.NextNormal();
        }

        return (P, r);
    }

    /// <summary>A trajectory of the chain, rewards with noise.</summary>
    private static (int[] States, double[] Gains) Trajectory(int length, ulong seed)
    {
        (double[,] P, double[] r) = Process;
        var random = new RandomStream(seed, RandomPurpose.Inputs);
        int[] states = new int[length + 1];
        double[] gains = new double[length];
        for (int k = 1; k <= length; k++)
        {
            double u = random.NextUniform();
            int next = 0;
            while (next < r.Length - 1 && u >= P[states[k - 1], next])
                u -= P[states[k - 1], next++];
            states[k] = next;
            gains[k - 1] = r[states[k - 1]] + random.NextNormal();
        }

        return (states, gains);
    }

    private static double Error(double[] v, double[] values) => v.Zip(values, (a, b) => Abs(a - b)).Max();

    private static double Floor(int length, double sharpness, int trajectories)
    {
        SoftmaxTemporalDifference chain = Chain(sharpness);
        double sum = 0;
        for (int i = 0; i < trajectories; i++)
        {
            (int[] states, double[] gains) = Trajectory(length, (ulong)(100 + i));
            sum += Error(chain.Forward(states, gains, 400)[^1], chain.Values) / trajectories;
        }

        return sum;
    }

    /// <summary>Equations 8 and 9 as they stand, token by token, against the layers.</summary>
    private static IEnumerable<Check> OfForward()
    {
        const double ζ = 3;
        const int layers = 5;
        (int[] states, double[] gains) = Trajectory(200, 7);
        double[] byLayers = Chain(ζ).Forward(states, gains, layers)[^1], v = new double[byLayers.Length];
        for (int l = 0; l < layers; l++)
        {
            double[] updated = [.. v];
            for (int s = 0; s < v.Length; s++)
            {
                double sum = Range(0, gains.Length).Sum(m => Exp(ζ * (states[m] == s ? 1 : 0)));
                for (int k = 1; k < states.Length; k++)
                {
                    double attention = Exp(ζ * (states[k - 1] == s ? 1 : 0)) / sum;
                    updated[s] += attention * (gains[k - 1] + Discount * v[states[k]] - v[states[k - 1]]);
                }
            }

            v = updated;
        }

        yield return Check.AtMost("five layers against the update token by token, largest difference", Of(Paper.Xie2026, "Eq. 8–9"),
            Error(v, byLayers), 1e-11);
    }

    private static IEnumerable<Check> OfFloor((int Length, double Error)[] floors)
    {
        yield return Check.Absolute(
            "floor of the error after 400 layers: exponent in the length of the trajectory", Theorem,
            Log(floors[^1].Error / floors[0].Error) / Log((double)floors[^1].Length / floors[0].Length), -0.5, Exponent);
    }

    private static Plot Layers(Rate[] rates) => Plot.Of(
        "layers", "Error over layers, endless trajectory", "layer", Axis.Logarithmic("largest error over that at layer 0"),
        "Dashed: the bound (1 − 2C)^L where the condition holds.",
        rates.SelectMany((rate, i) => (Series[])
        [
            Series.Measured($"ζ = {Number(rate.Sharpness, 3)}", rate.Errors.Select((_, l) => (double)l), rate.Errors, i),
            .. rate.Margin > 0
                ? [Series.Predicted(
                    $"ζ = {Number(rate.Sharpness, 3)}, bound", rate.Errors.Select((_, l) => (double)l),
                    rate.Errors.Select((_, l) => Pow(1 - 2 * rate.Margin, l)), i)]
                : Array.Empty<Series>(),
        ]));

    private static Plot Floors((int Length, double Error)[] floors) => Plot.Of(
        "floor", "The floor of finite trajectories", Axis.Logarithmic("length of the trajectory n"), Axis.Logarithmic("largest error"),
        "After 400 layers, mean over trajectories. Dotted: n^(−1/2).",
        Series.Measured("error", floors, f => f.Length, f => f.Error, 0),
        Series.Guide("n^(−1/2)", floors, f => f.Length, f => floors[0].Error * Sqrt((double)floors[0].Length / f.Length), 7));

    /// <summary>How fast the error falls at one sharpness.</summary>
    private sealed record Rate(double Sharpness, double Margin, double Norm, double Radius, double[] Errors)
    {
        private const int Last = 120;

        public double Measured => Pow(Errors[^1] / Errors[^21], 0.05);

        public static Rate Of(double sharpness)
        {
            SoftmaxTemporalDifference chain = Chain(sharpness);
            var map = Matrix<double>.Build.DenseOfArray(chain.ErrorMap());
            Vector<double> error = -Vector<double>.Build.Dense(chain.Values);
            double start = error.InfinityNorm();
            var errors = new List<double> { 1 };
            for (int l = 0; l < Last; l++)
            {
                error = map * error;
                errors.Add(error.InfinityNorm() / start);
            }

            return new(sharpness, chain.Margin(), map.InfinityNorm(), map.Evd().EigenValues.Max(z => z.Magnitude), [.. errors]);
        }

        public IEnumerable<Check> Checks()
        {
            string name = $"ζ = {Number(Sharpness, 3)}";
            yield return Check.Relative($"{name}: measured rate a layer against the spectral radius", Theory, Measured, Radius, 0.02);
            yield return Check.Relative($"{name}: spectral radius against γ, the rate of a common shift of all values", Theory, Radius,
                Discount, 1e-9);
            if (Margin <= 0)
                yield break;
            yield return Check.AtMost($"{name}: norm of the error map over 1 − 2C", Theory, Norm / (1 - 2 * Margin), 1 + 1e-12);
            yield return Check.AtMost(
                $"{name}: largest error over (1 − C)^L times the first, worst layer", Theorem,
                Errors.Select((e, l) => e / Pow(1 - Margin, l)).Max(), 1 + 1e-12);
        }
    }
}
