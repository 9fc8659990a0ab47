using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>The embedded Runge–Kutta pair of order 5(4) of Dormand and Prince, with its fourth-order continuous extension.</summary>
/// <remarks>
/// Seven stages, first same as last. Dormand, Prince, <i>A family of embedded Runge–Kutta formulae</i> (1980);
/// continuous extension and notation from Hairer, Nørsett, Wanner, <i>Solving Ordinary Differential Equations I</i>, §II.5–6.
/// </remarks>
/// <param name="size">The number of unknowns.</param>
public sealed class DormandPrince(int size)
{
    /// <summary>The order of the solution that is carried on.</summary>
    public const int Order = 5;

    /// <summary>The largest |hλ| on the negative real axis for which the method is stable.</summary>
    public const double StabilityLimit = 3.3;

    private const int Stages = 7;

    private static readonly double[][] A =
    [
        [1.0 / 5],
        [3.0 / 40, 9.0 / 40],
        [44.0 / 45, -56.0 / 15, 32.0 / 9],
        [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
        [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    ];

    private static readonly double[] Error =
        [71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40];

    private static readonly double[] Dense =
    [
        -12715105075.0 / 11282082432, 0, 87487479700.0 / 32700410799, -10690763975.0 / 1880347072,
        701980252875.0 / 199316789632, -1453857185.0 / 822651844, 69997945.0 / 29380423,
    ];

    private readonly double[] _k = new double[Stages * size]; // the slopes of the stages, one after another

    /// <summary>One step.</summary>
    /// <param name="field">f.</param>
    /// <param name="y">The start.</param>
    /// <param name="derivative">f(y).</param>
    /// <param name="h">The step size.</param>
    /// <param name="next">Receives the end.</param>
    /// <param name="nextDerivative">Receives f at the end.</param>
    /// <param name="error">Receives the estimated local error.</param>
    /// <returns>What the field returned at the end. Costs six evaluations.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Step(
        IVectorField field, ReadOnlySpan<double> y, ReadOnlySpan<double> derivative, double h, Span<double> next,
            Span<double> nextDerivative, Span<double> error)
    {
        derivative.CopyTo(Slope(0));
        double value = 0;
        for (int stage = 1; stage < Stages; stage++)
        {
            AddSlopes(y, h, A[stage - 1], next);
            value = field.Evaluate(next, Slope(stage));
        }

        Slope(Stages - 1).CopyTo(nextDerivative);
        error.Clear();
        AddSlopes(error, h, Error, error);
        return value;
    }

    private Span<double> Slope(int stage) => _k.AsSpan(stage * size, size);

    private void AddSlopes(ReadOnlySpan<double> start, double h, double[] weights, Span<double> destination)
    {
        Span<double> scaled = stackalloc double[Stages];
        for (int i = 0; i < weights.Length; i++)
            scaled[i] = h * weights[i];
        LinearCombination.Add(start, scaled[..weights.Length], _k, destination);
    }

    /// <summary>The continuous extension inside the last step, y(t + θh) for 0 ≤ θ ≤ 1.</summary>
    public void Interpolate(ReadOnlySpan<double> y, double h, double θ, Span<double> destination)
    {
        double η = 1 - θ;
        Span<double> weights = stackalloc double[Stages];
        for (int i = 0; i < Stages; i++)
        {
            double whole = i < Stages - 1 ? A[^1][i] : 0, first = i == 0 ? 1 : 0, last = i == Stages - 1 ? 1 : 0;
            weights[i] = h * θ * (whole + η * (first - whole + θ * (2 * whole - first - last + η * Dense[i])));
        }

        LinearCombination.Add(y, weights, _k, destination);
    }
}
