using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>
/// The whole loss curve of merged attention from its initial weights alone: project them on the one direction that grows, then
/// follow D + 1 scalars.
/// </summary>
/// <remarks>
/// While weights are small the flow is linear, v̇_i = ⟨U_i, B⟩, U̇_i = v_i B with B = diag(b): with ĝ = B/‖B‖ only a_i = (v_i + ⟨U_i, ĝ⟩)/2
/// grows, at rate ‖B‖, so that heads act as one of amplitude ‖a‖. From there on v̇ = Σ u_d g_d, u̇_d = v g_d, g_d = b_d − α_d v u_d.
/// </remarks>
public static class MergedCurve
{
    /// <summary>Far more than any start takes whose linear phase there is; a start beyond it only shrinks the step.</summary>
    private const int MostSteps = 20_000;

    /// <summary>Relative to the loss of zero: less to lose than an interpolated table tells. Weak modes take ages for it.</summary>
    private const double LeftAtRest = 1e-6;

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "merged-curve",
        "The loss curve of merged attention follows from the norm of (v + Uĝ)/2, ĝ = Λ²/‖Λ²‖, through D + 1 scalar equations.",
        Paper.Staircase, "extends Zhang et al. 2025, §3.3 and Eq. 10, to any spectrum and the actual initial weights",
        "small initial weights with zero blocks; Ω commuting with Λ",
        "directions of the initial weights that do not grow; finite step size");

    /// <summary>‖a‖, the amplitude of the growing direction in given initial weights.</summary>
    /// <param name="model">Merged attention or the cubic-feature network.</param>
    /// <param name="weights">Initial weights in the token basis.</param>
    /// <param name="moments">The modes.</param>
    public static double Amplitude(MergedModel model, ReadOnlySpan<double> weights, ModeMoments moments)
    {
        double[] rotated = model.Layout.ToEigenbasis(weights, moments.Basis);
        double norm = Sqrt(moments.Drive.Sum(b => b * b)), sum = 0;
        if (norm == 0)
            return 0;
        for (int h = 0; h < model.Heads; h++)
        {
            MergedHead head = model.Head(rotated, h);
            double projection = 0;
            for (int d = 0; d < model.InputDimension; d++)
                projection += head.KeyQuery[d, d] * moments.Drive[d] / norm;
            double a = (head.Value + projection) / 2;
            sum += a * a;
        }

        return Sqrt(sum);
    }

    /// <summary>The prediction.</summary>
    /// <exception cref="DivergedException">The weights are so large that the equations cannot be followed.</exception>
    public static Prediction Predict(MergedModel model, ReadOnlySpan<double> weights, ModeMoments moments)
    {
        double amplitude = Amplitude(model, weights, moments);
        var prediction = new Prediction
        {
            Plateaus = [new(moments.ZeroLoss, 0, double.PositiveInfinity, [])],
            Drops = [],
            Courses = [],
            Moments = moments,
            Results = [Result],
        };
        if (amplitude == 0)
            return prediction;

        int[] everything = [.. moments.Order];
        double bottom = moments.ZeroLoss - everything.Sum(moments.Gain);
        (double[] times, double[][] strengths) = Integrate(moments, amplitude);
        prediction = prediction with
        {
            Courses = [.. moments.Drive.Select((_, d) => new StrengthCourse(d, times, [.. strengths.Select(row => row[d])]))],
            Results = [Result, MergedFixedPoints.Result],
        };
        double half = Crossing(prediction.LossAt, (moments.ZeroLoss + bottom) / 2, times);
        return prediction with
        {
            Plateaus =
            [
                new(moments.ZeroLoss, 0, half, []),
                new(moments.PlateauHeight(everything), half, double.PositiveInfinity, everything),
            ],
            Drops = [InInterval(new(half, everything, null, null), Chance(model, moments))],
        };
    }

    private static PredictedDrop InInterval(PredictedDrop drop, double share) =>
        drop with { Low = drop.Time * (1 - share), High = drop.Time * (1 + share) };

    /// <summary>
    /// The share of a time that the directions left out may make: in a task nothing drives them; in a data set chance does. Weights along
    /// every direction that is driven grow at the rate ‖G‖ at most, G = −½ ∂L/∂t at zero, and the modes alone at ‖b‖.
    /// </summary>
    private static double Chance(MergedModel model, ModeMoments moments)
    {
        if (moments.AreExact)
            return 0;
        double[] zero = new double[model.MapLength(model.Layout.Count)], gradient = new double[zero.Length];
        moments.Loss.Evaluate(zero, gradient);
        double all = gradient.Sum(g => g * g) / 4, modes = moments.Drive.Sum(b => b * b);
        return Min(1, Sqrt(Max(1, all / modes)) - 1);
    }

    private static double Crossing(Func<double, double> loss, double level, double[] times)
    {
        int i = Array.FindIndex(times, t => loss(t) < level);
        if (i <= 0)
            return times[Max(i, 0)];
        return MathNet.Numerics.RootFinding.Brent.FindRoot(t => loss(t) - level, times[i - 1], times[i], 1e-10 * times[i]);
    }

    /// <summary>
    /// The linear phase in closed form up to amplitude e^{-7} of the final one, then the D + 1 scalars until they rest. Every sub-step of
    /// the integrator is tabulated four times over, so that linear interpolation of the table stays below 1e-5.
    /// </summary>
    private static (double[] Times, double[][] Strengths) Integrate(ModeMoments moments, double amplitude)
    {
        int D = moments.Count;
        double norm = Sqrt(moments.Drive.Sum(b => b * b));
        var field = new Reduction(moments);
        var start = Vector<double>.Build.Dense(D + 1, i => i == 0 ? amplitude : amplitude * moments.Drive[i - 1] / norm).ToArray();
        var solver = new AdaptiveSolver(field, OdeState.At(start), new OdeTolerance(1e-9, 1e-9 * amplitude));
        double slowest = moments.Drive.Min(), end = (30 + Max(0, Log(1 / amplitude))) / norm;
        List<double> times = [0];
        List<double[]> strengths = [Strengths(start)];
        var y = new double[D + 1];
        while (solver.State.Time < end)
        {
            solver.Step(end);
            if (solver.State.Steps > MostSteps)
            {
                throw new DivergedException(
                    solver.State.Steps, double.NaN, $"The curve of merged attention cannot be followed from amplitude {amplitude:G3}.");
            }

            const int parts = 16;
            double h = solver.State.Time - solver.StepStart;
            for (int k = 1; k <= parts; k++)
            {
                double t = k == parts ? solver.State.Time : solver.StepStart + h * k / parts;
                solver.Interpolate(t, y);
                times.Add(t);
                strengths.Add(Strengths(k == parts ? solver.State.Y : y));
            }

            // Once the drop is over the slowest mode sets how long the curve still bends.
            if (solver.State.Time >= end && slowest > 0 && Residual(moments, strengths[^1]) > LeftAtRest)
                end *= 1.5;
        }

        return ([.. times], [.. strengths]);

        static double[] Strengths(ReadOnlySpan<double> y)
        {
            var m = new double[y.Length - 1];
            for (int d = 0; d < m.Length; d++)
                m[d] = y[0] * y[d + 1];
            return m;
        }
    }

    /// <summary>How much loss is still to be lost, relative to the loss of the zero function.</summary>
    private static double Residual(ModeMoments moments, double[] strengths) =>
        strengths.Select((m, d) => moments.Saturation(d) * Pow(m - moments.FullStrength(d), 2)).Sum() / moments.ZeroLoss;

    /// <summary>v̇ = Σ u_d g_d, u̇_d = v g_d, with y = (v, u₁ … u_D).</summary>
    private sealed class Reduction(ModeMoments moments) : IVectorField
    {
        public int Size => moments.Count + 1;

        public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
        {
            double v = y[0], growth = 0;
            for (int d = 0; d < moments.Count; d++)
            {
                double u = y[d + 1], g = moments.Drive[d] - moments.Saturation(d) * v * u;
                growth += u * g;
                derivative[d + 1] = v * g;
            }

            derivative[0] = growth;
            return 0;
        }
    }
}
