using MathNet.Numerics.Integration;
using Staircase.Kernels;

namespace Staircase;

/// <summary>
/// A head whose other blocks are zero: its value and, for every component, the R-vectors (k+q)_d and (k−q)_d, all in closed form on the
/// <see cref="EscapeClock"/>.
/// </summary>
internal sealed class ClockForecast : HeadForecast
{
    private readonly int _head;
    private readonly ModeMoments _moments;
    private readonly double[][] _sum;        // by mode, R-vectors
    private readonly double[][] _difference;
    private readonly List<int> _learned = [];
    private double _v;
    private int _freeDirections;

    /// <param name="head">The head's number.</param>
    /// <param name="own">Its weights in the eigenbasis; the other blocks are not looked at.</param>
    /// <param name="moments">The modes.</param>
    public ClockForecast(int head, SeparateHead own, ModeMoments moments)
    {
        int D = moments.Count, R = own.Key.Rows;
        _head = head;
        _moments = moments;
        _freeDirections = R;
        _v = own.Value;
        _sum = new double[D][];
        _difference = new double[D][];
        for (int d = 0; d < D; d++)
        {
            _sum[d] = new double[R];
            _difference[d] = new double[R];
            for (int r = 0; r < R; r++)
            {
                _sum[d][r] = own.Key[r, d] + own.Query[r, d];
                _difference[d][r] = own.Key[r, d] - own.Query[r, d];
            }
        }
    }

    private bool HasEscaped => _learned.Count > 0;

    /// <inheritdoc/>
    public override HeadEscape? NextEscape(IReadOnlyList<int> unlearned, double limit)
    {
        if (_freeDirections == 0)
            return null;
        return HasEscaped ? LaterEscape(unlearned) : FirstEscape(unlearned, limit);
    }

    /// <inheritdoc/>
    public override void Advance(double time, IReadOnlyList<int> unlearned, HeadEscape winner)
    {
        if (winner.Head == _head)
        {
            // The winner's clock includes its own sharp growth.
            Grow(winner.Clock, unlearned);
            _learned.Add(winner.Mode);
            TakeDirection(winner.Sign > 0 ? _sum[winner.Mode] : _difference[winner.Mode]);
            _v = winner.Sign * Math.Cbrt(_learned.Sum(_moments.FullStrength));
            return;
        }

        if (HasEscaped)
        {
            Grow(_v * time, unlearned);
            return;
        }

        if (_v == 0)
            return;
        EscapeClock.Reading reading = ClockOf(unlearned).After(time);
        Grow(reading.Clock, unlearned);
        _v = reading.Value;
    }

    private HeadEscape? FirstEscape(IReadOnlyList<int> unlearned, double limit)
    {
        if (_v == 0)
            return null;
        EscapeClock clock = ClockOf(unlearned);
        double weakest = Math.Cbrt(unlearned.Min(_moments.FullStrength)), strongest = Math.Cbrt(unlearned.Max(_moments.FullStrength));
        if (clock.Reach(Math.Max(0.02 * weakest, Math.Min(2 * Math.Abs(_v), 0.2 * weakest)), limit) is not { } reading)
            return null;

        // The component is the one that dominates when the head is half as strong as that component will make it.
        int sign = Math.Sign(reading.Value), mode = -1;
        double end = Math.Abs(clock.ClockAt(0.5 * strongest, reading)), best = 0;
        foreach (int d in unlearned)
        {
            double size = VectorKernels.SumOfSquares(sign > 0 ? _sum[d] : _difference[d]) * Math.Exp(2 * _moments.Drive[d] * end);
            if (size > best)
                (best, mode) = (size, d);
        }

        if (mode < 0)
            return null;
        var growth = new HeadGrowth(_moments.Drive[mode], _moments.Saturation(mode));
        double escape = reading.Time + clock.TimeToEscape(reading);
        double clockAtOff = reading.Clock + sign * growth.ClockAtSwitchOff(Math.Min(Math.Abs(reading.Value), 0.9 * growth.FullValue));
        return Escape(_head, mode, growth, escape, _moments, sign, clockAtOff, clock.Margin());
    }

    /// <summary>
    /// v is held by the components learned before, S = Σ m_d: v² − S/|v| = u² while u = |k_d| = |q_d| grows (see <see
    /// cref="RankReduction"/>).
    /// </summary>
    private HeadEscape? LaterEscape(IReadOnlyList<int> unlearned)
    {
        HeadEscape? best = null;
        double S = _learned.Sum(_moments.FullStrength), plateau = Math.Abs(_v);
        foreach (int d in unlearned)
        {
            double u0 = 0.5 * Math.Sqrt(VectorKernels.SumOfSquares(_v > 0 ? _sum[d] : _difference[d]));
            if (u0 == 0)
                continue;
            double b = _moments.Drive[d], α = _moments.Saturation(d), full = _moments.FullStrength(d);
            double uFull = Math.Sqrt(full / Math.Cbrt(S + full));
            double uHalf = UAt(HalfStrength * full);

            // d ln u/dt = v (b − α v u²): a plain exponential until u is a thousandth of its end, then a table.
            double u1 = Math.Max(u0, 1e-3 * uFull), start = Math.Log(u1 / u0) / (b * plateau);
            double[] times = new double[TableSize], strengths = new double[TableSize];
            double last = Math.Log(u1), time = start, switchOff = start;
            for (int i = 0; i < TableSize; i++)
            {
                // Dense towards saturation: 1 − (u/u_full)² falls geometrically.
                double x = Math.Pow(u1 / uFull, 2), y = Math.Log(x / (1 - x)) + (24 - Math.Log(x / (1 - x))) * i / (TableSize - 1);
                double lnu = Math.Log(uFull) - 0.5 * Math.Log(1 + Math.Exp(-y));
                if (i > 0)
                {
                    time += GaussLegendreRule.Integrate(z => 1 / Rate(z), last, lnu, 5);
                    switchOff += GaussLegendreRule.Integrate(z => 1 / (b * ValueAt(Math.Exp(2 * z))), last, lnu, 5);
                    last = lnu;
                }

                double u2 = Math.Exp(2 * lnu);
                times[i] = time;
                strengths[i] = u2 * ValueAt(u2);
            }

            double halfDrop = start + GaussLegendreRule.Integrate(z => 1 / Rate(z), Math.Log(u1), Math.Log(Math.Max(u1, uHalf)), 40);
            if (best is null || halfDrop < best.HalfDrop)
                best = new(_head, d, halfDrop, switchOff, 1 / (b * plateau), times, strengths, Math.Sign(_v), _v * switchOff, 1);

            double Rate(double lnu)
            {
                double u2 = Math.Exp(2 * lnu), v = ValueAt(u2);
                return v * (b - α * v * u2);
            }

            double UAt(double strength)
            {
                // v u² = strength and v² − S/v = u² give v³ = S + strength.
                double v = Math.Cbrt(S + strength);
                return Math.Sqrt(strength / v);
            }
        }

        return best;

        double ValueAt(double u2)
        {
            double v = plateau;
            for (int i = 0; i < 50; i++)
            {
                double next = v - (v * v - S / v - u2) / (2 * v + S / (v * v));
                if (Math.Abs(next - v) <= 1e-15 * v)
                    return next;
                v = next;
            }

            return v;
        }
    }

    private EscapeClock ClockOf(IReadOnlyList<int> unlearned) => new(
        _v,
        [.. unlearned.Select(d => VectorKernels.SumOfSquares(_sum[d]))],
        [.. unlearned.Select(d => VectorKernels.SumOfSquares(_difference[d]))],
        [.. unlearned.Select(d => _moments.Drive[d])]);

    /// <summary>(k ± q)_d ← (k ± q)_d e^{± g_d s} for the modes that are still driven.</summary>
    private void Grow(double s, IReadOnlyList<int> unlearned)
    {
        foreach (int d in unlearned)
        {
            double factor = Math.Exp(_moments.Drive[d] * s);
            VectorKernels.Scale(factor, _sum[d], _sum[d]);
            VectorKernels.Scale(1 / factor, _difference[d], _difference[d]);
        }
    }

    /// <summary>Removes a direction of the R key–query pairs: it is used up by the component just learned.</summary>
    private void TakeDirection(double[] taken)
    {
        double norm = Math.Sqrt(VectorKernels.SumOfSquares(taken));
        double[] direction = Array.ConvertAll(taken, x => x / norm);
        foreach (double[] vector in _sum.Concat(_difference))
            VectorKernels.AddScaled(-VectorKernels.Dot(direction, vector), direction, vector);
        _freeDirections--;
    }
}
