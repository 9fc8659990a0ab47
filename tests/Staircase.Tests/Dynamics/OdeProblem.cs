using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Tests.Dynamics;

/// <summary>An initial value problem whose solution is known.</summary>
internal sealed class OdeProblem(
    string name, double[] start, double end, Action<double[], double[]> derivative, Func<double, double[]> solution) : IVectorField
{
    public string Name => name;

    public double[] Start => start;

    public double End => end;

    public int Size => start.Length;

    public long Evaluations { get; private set; }

    public double[] Solution(double t) => solution(t);

    public double Evaluate(ReadOnlySpan<double> y, Span<double> dy)
    {
        Evaluations++;
        double[] result = new double[y.Length];
        derivative(y.ToArray(), result);
        result.CopyTo(dy);
        return 0;
    }

    public double ErrorAt(double t, ReadOnlySpan<double> y)
    {
        double[] exact = solution(t);
        double worst = 0;
        for (int i = 0; i < exact.Length; i++)
            worst = Math.Max(worst, Math.Abs(y[i] - exact[i]));
        return worst;
    }

    /// <summary>
    /// A damped rotation and a decay, mixed by a non-orthogonal basis: a non-normal linear system whose matrix exponential is known.
    /// </summary>
    public static OdeProblem Linear()
    {
        const double a = 0.3, b = 1.1, c = 0.8;
        var P = Matrix<double>.Build.DenseOfArray(new[,] { { 1.0, 0.4, -0.2 }, { 0.1, 1.2, 0.5 }, { -0.3, 0.2, 0.9 } });
        var inverse = P.Inverse();
        var B = Matrix<double>.Build.DenseOfArray(new[,] { { -a, -b, 0 }, { b, -a, 0 }, { 0, 0, -c } });
        Matrix<double> A = P * B * inverse;
        Vector<double> y0 = Vector<double>.Build.Dense([1.0, -0.5, 0.7]);
        return new("linear", y0.ToArray(), 2, (y, dy) => (A * Vector<double>.Build.Dense(y)).AsArray().CopyTo(dy, 0), t =>
        {
            double decay = Math.Exp(-a * t), cos = decay * Math.Cos(b * t), sin = decay * Math.Sin(b * t);
            var exponential = Matrix<double>.Build.DenseOfArray(new[,] { { cos, -sin, 0 }, { sin, cos, 0 }, { 0, 0, Math.Exp(-c * t) } });
            return (P * exponential * inverse * y0).ToArray();
        });
    }

    /// <summary>y′ = y(1 − y), the growth of a mode from small weights (theory: Zhang et al. 2025, Eq. 10).</summary>
    public static OdeProblem Logistic() => new("logistic", [0.1], 2,
        (y, dy) => dy[0] = y[0] * (1 - y[0]), t => [1 / (1 + 9 * Math.Exp(-t))]);

    /// <summary>
    /// Class A of DETEST: Hull, Enright, Fellen, Sedgwick, <i>Comparing numerical methods for ordinary differential equations</i>,
    /// SIAM J. Numer. Anal. 9 (1972). A3 is made autonomous by carrying the time as a second unknown.
    /// </summary>
    public static OdeProblem[] DetestA() =>
    [
        new("A1", [1], 20, (y, dy) => dy[0] = -y[0], t => [Math.Exp(-t)]),
        new("A2", [1], 20, (y, dy) => dy[0] = -y[0] * y[0] * y[0] / 2, t => [1 / Math.Sqrt(1 + t)]),
        new("A3", [1, 0], 20, (y, dy) => (dy[0], dy[1]) = (y[0] * Math.Cos(y[1]), 1), t => [Math.Exp(Math.Sin(t)), t]),
        new("A4", [1], 20, (y, dy) => dy[0] = y[0] / 4 * (1 - y[0] / 20), t => [20 / (1 + 19 * Math.Exp(-t / 4))]),
    ];

    /// <summary>
    /// The heat equation u_t = u_xx on (0, 1) with zero ends, on 63 interior points: the parabolic model problem of Sommeijer, Shampine,
    /// Verwer (1997). Its solution is a sum of discrete sine modes; the stiffness ratio over the time span is 4·64² to π².
    /// </summary>
    public static OdeProblem Heat()
    {
        const int n = 63;
        int[] modes = [1, 2, 5];
        double[] amplitudes = [1, 0.5, 0.25];
        double Shape(int k, int i) => Math.Sin(Math.PI * k * (i + 1) / (n + 1));
        double Rate(int k) => 4.0 * (n + 1) * (n + 1) * Math.Pow(Math.Sin(Math.PI * k / (2.0 * (n + 1))), 2);
        double[] Solution(double t)
        {
            var u = new double[n];
            for (int m = 0; m < modes.Length; m++)
            {
                double amplitude = amplitudes[m] * Math.Exp(-Rate(modes[m]) * t);
                for (int i = 0; i < n; i++)
                    u[i] += amplitude * Shape(modes[m], i);
            }

            return u;
        }

        return new("heat", Solution(0), 0.5, (y, dy) =>
        {
            double scale = (n + 1.0) * (n + 1);
            for (int i = 0; i < n; i++)
                dy[i] = scale * ((i > 0 ? y[i - 1] : 0) - 2 * y[i] + (i < n - 1 ? y[i + 1] : 0));
        }, Solution);
    }

    /// <summary>
    /// The Brusselator with diffusion in one dimension, α = 1/50 (Hairer, Wanner, <i>Solving ODEs II</i>, §IV.10, BRUSS). No closed form.
    /// </summary>
    public static OdeProblem Brusselator(int n)
    {
        double α = 0.02 * (n + 1) * (n + 1);
        var start = new double[2 * n];
        for (int i = 0; i < n; i++)
            (start[i], start[n + i]) = (1 + Math.Sin(2 * Math.PI * (i + 1) / (n + 1)), 3);
        return new("brusselator", start, 10, (y, dy) =>
        {
            for (int i = 0; i < n; i++)
            {
                double u = y[i], v = y[n + i], reaction = u * u * v;
                double uLeft = i > 0 ? y[i - 1] : 1, uRight = i < n - 1 ? y[i + 1] : 1;
                double vLeft = i > 0 ? y[n + i - 1] : 3, vRight = i < n - 1 ? y[n + i + 1] : 3;
                dy[i] = 1 + reaction - 4 * u + α * (uLeft - 2 * u + uRight);
                dy[n + i] = 3 * u - reaction + α * (vLeft - 2 * v + vRight);
            }
        }, _ => throw new InvalidOperationException("The Brusselator has no closed form."));
    }
}
