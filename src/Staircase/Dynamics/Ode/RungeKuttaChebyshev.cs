namespace Staircase;

/// <summary>
/// The second-order Runge–Kutta–Chebyshev method: explicit, with a stable step that grows with the square of its number of stages
/// along the negative real axis, where the Jacobian of a gradient flow has its spectrum.
/// </summary>
/// <remarks>
/// Sommeijer, Shampine, Verwer, <i>RKC: An explicit solver for parabolic PDEs</i> (1997), with their damping ε = 2/13 and error estimate.
/// ROCK4 (Abdulle 2002) would need about half the evaluations but has no closed-form coefficients; Legendre variants (RKL2) have a
/// stability interval 2.6 times shorter for the same stages.
/// </remarks>
/// <param name="size">The number of unknowns.</param>
public sealed class RungeKuttaChebyshev(int size)
{
    /// <summary>The order of the method.</summary>
    public const int Order = 2;

    /// <summary>No step uses more stages than this; beyond it the internal rounding errors would show.</summary>
    public const int MaximumStages = 500;

    private const double Damping = 2.0 / 13;

    private readonly Dictionary<int, Coefficients> _coefficients = [];
    private readonly double[] _stageDerivative = new double[size];
    private double[] _older = new double[size];
    private double[] _newer = new double[size];
    private double[] _current = new double[size];

    /// <summary>How many stages make a step of size h stable for a Jacobian of the given spectral radius.</summary>
    public static int StagesFor(double h, double spectralRadius) =>
        (int)Clamp(1 + Sqrt(1 + 1.54 * h * spectralRadius), 2, MaximumStages);

    /// <summary>The largest step that <see cref="MaximumStages"/> keep stable.</summary>
    public static double LargestStep(double spectralRadius) =>
        ((MaximumStages - 1.0) * (MaximumStages - 1.0) - 1) / (1.54 * spectralRadius);

    /// <summary>One step; the parameters are those of <see cref="DormandPrince.Step"/>. Costs as many evaluations as stages.</summary>
    public double Step(
        IVectorField field, ReadOnlySpan<double> y, ReadOnlySpan<double> derivative, double h, int stages, Span<double> next,
            Span<double> nextDerivative, Span<double> error)
    {
        Coefficients c = CoefficientsFor(stages);
        y.CopyTo(_older);
        y.CopyTo(_newer);
        AddScaled(c.First * h, derivative, _newer);
        for (int j = 2; j <= stages; j++)
        {
            field.Evaluate(_newer, _stageDerivative);
            Stage stage = c.Stages[j];
            LinearCombination.Of(
                1 - stage.Newer - stage.Older, y, stage.Newer, _newer, stage.Older, _older,
                stage.Derivative * h, _stageDerivative, stage.Start * h, derivative, _current);
            (_older, _newer, _current) = (_newer, _current, _older);
        }

        _newer.CopyTo(next);
        double value = field.Evaluate(next, nextDerivative);
        EstimateError(y, derivative, next, nextDerivative, h, error);
        return value;
    }

    /// <summary>
    /// The estimated local error: h³y‴/15 plus 0.8 of the step's own error, so 1.2 (two stages) to 1.8 (many) times the true one. It needs
    /// the two ends of a step only, whatever method made it.
    /// </summary>
    public static void EstimateError(
        ReadOnlySpan<double> y, ReadOnlySpan<double> derivative, ReadOnlySpan<double> next, ReadOnlySpan<double> nextDerivative, double h,
            Span<double> error) =>
        LinearCombination.Of(0.8, y, -0.8, next, 0.4 * h, derivative, 0.4 * h, nextDerivative, 0, y, error);

    /// <summary>The cubic Hermite polynomial through both ends of a step, y(t + θh) for 0 ≤ θ ≤ 1.</summary>
    public static void Interpolate(
        ReadOnlySpan<double> y, ReadOnlySpan<double> derivative, ReadOnlySpan<double> next, ReadOnlySpan<double> nextDerivative, double h,
            double θ, Span<double> destination)
    {
        double η = 1 - θ;
        LinearCombination.Of(
            η * η * (1 + 2 * θ), y, θ * θ * (3 - 2 * θ), next, h * θ * η * η, derivative, -h * θ * θ * η, nextDerivative, 0, y,
                destination);
    }

    private Coefficients CoefficientsFor(int stages)
    {
        if (!_coefficients.TryGetValue(stages, out Coefficients? found))
            _coefficients[stages] = found = new Coefficients(stages);
        return found;
    }

    private readonly record struct Stage(double Newer, double Older, double Derivative, double Start);

    private sealed class Coefficients
    {
        public Coefficients(int s)
        {
            // Chebyshev polynomials and their first two derivatives at w₀.
            double w0 = 1 + Damping / (s * (double)s);
            double[] T = new double[s + 1], dT = new double[s + 1], ddT = new double[s + 1];
            (T[0], T[1], dT[1]) = (1, w0, 1);
            for (int j = 2; j <= s; j++)
            {
                T[j] = 2 * w0 * T[j - 1] - T[j - 2];
                dT[j] = 2 * T[j - 1] + 2 * w0 * dT[j - 1] - dT[j - 2];
                ddT[j] = 4 * dT[j - 1] + 2 * w0 * ddT[j - 1] - ddT[j - 2];
            }

            double w1 = dT[s] / ddT[s];
            double[] b = new double[s + 1];
            for (int j = 2; j <= s; j++)
                b[j] = ddT[j] / (dT[j] * dT[j]);
            b[0] = b[1] = b[2];

            First = b[1] * w1;
            Stages = new Stage[s + 1];
            for (int j = 2; j <= s; j++)
            {
                double a = 1 - b[j - 1] * T[j - 1], derivative = 2 * b[j] * w1 / b[j - 1];
                Stages[j] = new Stage(2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], derivative, -a * derivative);
            }
        }

        public double First { get; }

        public Stage[] Stages { get; }
    }
}
