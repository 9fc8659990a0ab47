using MathNet.Numerics.Integration;
using MathNet.Numerics.RootFinding;

namespace Staircase.Tests;

/// <summary>
/// A head that has not yet escaped. On its own clock s, ds = v dt, keys and queries are exponentials, (k ± q)_d = (k ± q)_d(0) e^{± g_d s},
/// and v² = v₀² + ¼ Σ_d [‖(k+q)_d‖² (e^{2 g_d s} − 1) + ‖(k−q)_d‖² (e^{−2 g_d s} − 1)]; so the whole head is two scalars, ṡ = v and v̇ = ½
/// dv²/ds.
/// </summary>
/// <remarks>
/// v² is convex in s. A head whose v falls at first either slows down and recovers, or passes through zero and runs its clock backwards.
/// The time t = ∫ ds/v is singular there, so up to escape the two scalars are followed in t, where they are smooth; from then on the
/// quadrature in s is the better one.
/// </remarks>
internal sealed class EscapeClock : IVectorField
{
    private const double Tolerance = 1e-10;
    private const int QuadraturePoints = 16;

    private readonly double _v0;
    private readonly double[] _g;    // drives of the modes still unlearned
    private readonly double[] _sums; // ‖(k+q)_d‖²
    private readonly double[] _differences; // ‖(k−q)_d‖²
    private readonly double _fastest;
    private readonly double _size;

    /// <param name="v">The value weight now.</param>
    /// <param name="sums">‖(k+q)_d‖² of each unlearned mode.</param>
    /// <param name="differences">‖(k−q)_d‖² of each unlearned mode.</param>
    /// <param name="drives">g_d of each unlearned mode.</param>
    public EscapeClock(double v, double[] sums, double[] differences, double[] drives)
    {
        _v0 = v;
        _g = drives;
        _sums = sums;
        _differences = differences;
        _fastest = drives.Max();
        _size = Math.Sqrt(v * v + sums.Sum() + differences.Sum());
    }

    /// <summary>Where a head stands: its clock and its value.</summary>
    public readonly record struct Reading(double Time, double Clock, double Value);

    int IVectorField.Size => 2;

    /// <summary>Where the head stands after some time, before it escapes.</summary>
    public Reading After(double time)
    {
        AdaptiveSolver solver = Start();
        while (solver.State.Time < time)
            solver.Step(time);
        return Read(solver);
    }

    /// <summary>The first reading at which |v| exceeds a value and grows; null if that is later than a limit.</summary>
    public Reading? Reach(double value, double limit)
    {
        AdaptiveSolver solver = Start();
        while (true)
        {
            Reading reading = Read(solver);
            if (Math.Abs(reading.Value) >= value && reading.Value * Slope(reading.Clock) > 0)
                return reading;
            if (reading.Time > limit)
                return null;
            solver.Step(double.PositiveInfinity);
        }
    }

    /// <summary>The clock at which |v| has a value, beyond a reading on the way to escape.</summary>
    public double ClockAt(double value, Reading from)
    {
        double direction = Math.Sign(from.Value), step = direction / _fastest, far = from.Clock + step;
        while (Square(far) < value * value)
            far = from.Clock + (step *= 1.5);
        return Square(from.Clock) >= value * value
            ? from.Clock
            : Brent.FindRoot(s => Square(s) / (value * value) - 1, Math.Min(from.Clock, far), Math.Max(from.Clock, far), 1e-12, 200);
    }

    /// <summary>The time from a reading on the way to escape until |v| would be infinite, ∫ ds/|v|.</summary>
    public double TimeToEscape(Reading from)
    {
        double width = Math.Sign(from.Value) / _fastest, time = 0, s = from.Clock;
        while (true)
        {
            double piece = Math.Abs(GaussLegendreRule.Integrate(x => 1 / Math.Sqrt(Square(x)), s, s + width, QuadraturePoints));
            time += piece;
            s += width;
            if (piece <= 1e-12 * time)
                return time;
        }
    }

    /// <summary>
    /// How far a head whose value falls at first stays from the border between recovering and turning: the lowest v² that its clock could
    /// show, relative to v² now; 1 where v only grows.
    /// </summary>
    public double Margin()
    {
        double first = Slope(0);
        if (Math.Sign(_v0) * first >= 0)
            return 1;
        double far = Math.Sign(_v0) / _fastest;
        while (Slope(far) / first > 0 && Math.Abs(far) < 1e300)
            far *= 2;
        // Relative slopes: the search also ends where the function is small against its accuracy.
        double lowest = Brent.FindRoot(s => Slope(s) / first, Math.Min(0, far), Math.Max(0, far), 1e-12, 200);
        return Square(lowest) / (_v0 * _v0);
    }

    /// <summary>
    /// Writes (ṡ, v̇), s in units of the fastest mode and v in units of the head's size, so that one tolerance serves both.
    /// </summary>
    double IVectorField.Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
    {
        derivative[0] = _fastest * _size * y[1];
        derivative[1] = 0.5 * Slope(y[0] / _fastest) / _size;
        return 0;
    }

    private AdaptiveSolver Start() =>
        new(this, OdeState.At([0, _v0 / _size]), new OdeTolerance(Tolerance, Tolerance), OdeMethod.DormandPrince);

    private Reading Read(AdaptiveSolver solver) => new(solver.State.Time, solver.State.Y[0] / _fastest, solver.State.Y[1] * _size);

    /// <summary>v² at a clock reading.</summary>
    private double Square(double s)
    {
        double sum = 0;
        for (int d = 0; d < _g.Length; d++)
        {
            // e^|x| − 1, and e^{−|x|} − 1 = −(e^|x| − 1)/e^|x| without cancellation.
            double x = 2 * _g[d] * Math.Abs(s), rise = x < 1e-3
                ? x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4)))
                : Math.Exp(x) - 1, fall = rise / (1 + rise);
            sum += s > 0 ? _sums[d] * rise - _differences[d] * fall : _differences[d] * rise - _sums[d] * fall;
        }

        return _v0 * _v0 + 0.25 * sum;
    }

    /// <summary>dv²/ds.</summary>
    private double Slope(double s)
    {
        double sum = 0;
        for (int d = 0; d < _g.Length; d++)
        {
            double e = Math.Exp(2 * _g[d] * s);
            sum += _g[d] * (_sums[d] * e - _differences[d] / e);
        }

        return 0.5 * sum;
    }
}
