using MathNet.Numerics.Integration;
using MathNet.Numerics.RootFinding;

namespace Staircase;

/// <summary>
/// A head that has not yet escaped. On its own clock s, ds = v dt, keys and queries are exponentials, (k ± q)_d = (k ± q)_d(0) e^{± g_d s}, and
/// v² = v₀² + ¼ Σ_d [‖(k+q)_d‖² (e^{2 g_d s} − 1) + ‖(k−q)_d‖² (e^{−2 g_d s} − 1)]; time is t = ∫ ds/v.
/// </summary>
/// <remarks>
/// v² is convex in s. A head whose v falls at first either slows down and recovers, or reaches zero, changes sign and runs its clock backwards, which
/// exchanges the parts of k + q and k − q.
/// </remarks>
internal sealed class HeadClock
{
    private const double Accuracy = 1e-10;

    private readonly double _v0Square;
    private readonly double[] _g;        // drives of the modes still unlearned
    private readonly double[] _ahead;    // ‖·‖² of the combination that grows while the clock runs the initial way
    private readonly double[] _behind;   // ‖·‖² of the other
    private readonly double _turn;       // where v vanishes on the initial way; infinite if it does not

    /// <param name="v">The value weight now; must not be zero.</param>
    /// <param name="sums">‖(k+q)_d‖² of each unlearned mode.</param>
    /// <param name="differences">‖(k−q)_d‖² of each unlearned mode.</param>
    /// <param name="drives">g_d of each unlearned mode.</param>
    public HeadClock(double v, double[] sums, double[] differences, double[] drives)
    {
        _v0Square = v * v;
        _g = drives;
        (_ahead, _behind) = v > 0 ? (sums, differences) : (differences, sums);
        InitialSign = Math.Sign(v);
        _turn = FindTurn();
    }

    /// <summary>The sign of v now.</summary>
    public int InitialSign { get; }

    /// <summary>Whether v changes its sign before the head escapes.</summary>
    public bool Turns => double.IsFinite(_turn);

    /// <summary>The sign of v when the head escapes: that of the key–query product it will have.</summary>
    public int EscapeSign => Turns ? -InitialSign : InitialSign;

    /// <summary>The lowest v² on the way of the clock, or the lowest it would reach beyond its turn, relative to v² now; 1 where v only grows.</summary>
    public double Margin { get; private set; } = 1;

    /// <summary>Where the head stands at some moment: its clock (in the initial direction), and |v|.</summary>
    public readonly record struct Reading(double Clock, double Value, int Sign);

    /// <summary>The time at which |v| first exceeds a value on the way to escape, and the clock then.</summary>
    public (double Time, Reading At) TimeToReach(double value)
    {
        if (!Turns)
        {
            double s = ClockAtValue(value, 0, 1);
            return (Integral(0, s), new Reading(s, value, InitialSign));
        }

        double back = ClockAtValue(value, _turn, -1);
        return (TimeOfTurn() + ReturnTime(back), new Reading(back, value, -InitialSign));
    }

    /// <summary>The time from a reading on the way to escape until |v| would be infinite.</summary>
    public double TimeToEscape(Reading from)
    {
        double width = 0.5 / _g.Max(), time = 0, s = from.Clock;
        int direction = from.Sign == InitialSign ? 1 : -1;
        for (int panel = 0; panel < 10_000; panel++)
        {
            double next = s + direction * width, piece = Math.Abs(GaussLegendre(s, next));
            time += piece;
            s = next;
            if (piece <= 1e-12 * time)
                break;
        }

        return time;
    }

    /// <summary>Where the head stands after some time, before it escapes.</summary>
    public Reading After(double time)
    {
        if (time <= 0)
            return new(0, Math.Sqrt(_v0Square), InitialSign);
        double passed = 0;
        if (Turns)
        {
            double turning = TimeOfTurn();
            if (time < turning)
            {
                double clock = Brent.FindRoot(y => ApproachTime(y) - time, 0, Math.Sqrt(_turn), 1e-12 * Math.Sqrt(_turn), 200);
                double s = _turn - clock * clock;
                return new(s, Math.Sqrt(Math.Max(0, Square(s))), InitialSign);
            }

            passed = turning;
        }

        // March in panels until the time is used up, then bisect inside the panel.
        int direction = Turns ? -1 : 1;
        double start = Turns ? _turn : 0, width = 0.25 / _g.Max();
        for (int panel = 0; panel < 100_000; panel++)
        {
            double next = start + direction * width;
            double piece = panel == 0 && Turns ? ReturnTime(next) : Math.Abs(Integral(start, next));
            if (passed + piece >= time)
            {
                double from = start, left = time - passed;
                bool first = panel == 0 && Turns;
                double θ = Brent.FindRoot(
                    θ => (first ? ReturnTime(from + direction * width * θ) : Math.Abs(Integral(from, from + direction * width * θ))) - left, 0, 1, 1e-13, 200);
                double s = from + direction * width * θ;
                return new(s, Math.Sqrt(Math.Max(0, Square(s))), direction * InitialSign);
            }

            passed += piece;
            start = next;
        }

        throw new InvalidOperationException("A head's clock ran on without using up the time: its weights are not finite.");
    }

    /// <summary>v² at a clock reading.</summary>
    private double Square(double s)
    {
        double sum = 0;
        for (int d = 0; d < _g.Length; d++)
        {
            double x = 2 * _g[d] * s;
            sum += _ahead[d] * Expm1(x) + _behind[d] * Expm1(-x);
        }

        return _v0Square + 0.25 * sum;
    }

    private double Slope(double s)
    {
        double sum = 0;
        for (int d = 0; d < _g.Length; d++)
        {
            double e = Math.Exp(2 * _g[d] * s);
            sum += _g[d] * (_ahead[d] * e - _behind[d] / e);
        }

        return 0.5 * sum;
    }

    private double FindTurn()
    {
        if (Slope(0) >= 0)
            return double.PositiveInfinity;
        double high = 1 / _g.Max();
        while (Slope(high) < 0 && high < 1e300)
            high *= 2;
        double lowest = Brent.FindRoot(Slope, 0, high, 1e-14 * high, 300);
        Margin = Square(lowest) / _v0Square;
        return Margin > 0 ? double.PositiveInfinity : Brent.FindRoot(Square, 0, lowest, 1e-15 * lowest, 300);
    }

    private double ClockAtValue(double value, double start, int direction)
    {
        double step = direction / _g.Max(), far = start + step;
        while (Square(far) < value * value)
            far = start + (step *= 1.5);
        // Square may dip below its start before it rises, so the search begins at its minimum.
        double near = start;
        if (direction > 0 && Slope(0) < 0)
            near = Brent.FindRoot(Slope, 0, far, 1e-14 * far, 300);
        return Square(near) >= value * value ? near : Brent.FindRoot(s => Square(s) - value * value, Math.Min(near, far), Math.Max(near, far), 1e-14 * Math.Abs(far), 300);
    }

    private double TimeOfTurn() => ApproachTime(0);

    /// <summary>The time from the start to clock s = s* − y²; the substitution takes the root out of v at its zero s*.</summary>
    private double ApproachTime(double y) => Adaptive(x => Rooted(x, -1), y, Math.Sqrt(_turn));

    /// <summary>The time from the turn back to clock s.</summary>
    private double ReturnTime(double s) => Adaptive(x => Rooted(x, -1), 0, Math.Sqrt(_turn - s));

    private double Rooted(double y, int direction)
    {
        double square = Square(_turn + direction * y * y);
        return square > 0 && y > 0 ? 2 * y / Math.Sqrt(square) : 2 / Math.Sqrt(Math.Max(1e-300, Math.Abs(Slope(_turn))));
    }

    private double Integral(double from, double to) => Adaptive(s => 1 / Math.Sqrt(Math.Max(Square(s), 1e-300)), from, to);

    private double GaussLegendre(double from, double to) =>
        GaussLegendreRule.Integrate(s => 1 / Math.Sqrt(Square(s)), from, to, 12);

    private static double Adaptive(Func<double, double> f, double from, double to) =>
        from == to ? 0 : GaussKronrodRule.Integrate(f, from, to, out _, out _, Accuracy, 12, 15);

    private static double Expm1(double x) => Math.Abs(x) < 1e-3 ? x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4))) : Math.Exp(x) - 1;
}
