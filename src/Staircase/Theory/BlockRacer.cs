namespace Staircase;

/// <summary>
/// A head whose other blocks are not zero. Its label entries (v, key label) and its input entries (key, V) then form two channels of the same product,
/// M = Σ_r (v k_r + l_r V) q_rᵀ, which no single clock carries; the head alone, without saturation, is integrated instead: a few scalars, no network.
/// </summary>
/// <remarks>
/// v̇ = Σ k_rᵀ B q_r, V̇ = Σ l_r B q_r, k̇_r = v B q_r, l̇_r = Vᵀ B q_r, q̇_r = B (v k_r + l_r V), B = diag(b) over the unlearned modes. After its first component a head of
/// rank R &gt; 1 goes on as if its other blocks were zero, which the data soon make true.
/// </remarks>
internal sealed class BlockRacer : Racer
{
    private const double Tolerance = 1e-9;
    private const double Infinite = 100; // relative to the full value: 1/(b v) is then negligible

    private readonly int _head;
    private readonly ModeMoments _moments;
    private readonly int _rank;
    private double[] _y; // v, V [D], k [R×D], l [R], q [R×D]
    private double[]? _escaping;
    private ClockRacer? _after;

    public BlockRacer(
        int head, double value, ReadOnlySpan<double> valueInput, ReadOnlySpan<double> key, ReadOnlySpan<double> keyLabel, ReadOnlySpan<double> query, ModeMoments moments)
    {
        _head = head;
        _moments = moments;
        _rank = keyLabel.Length;
        _y = [value, .. valueInput, .. key, .. keyLabel, .. query];
    }

    /// <inheritdoc/>
    public override Finish? NextFinish(IReadOnlyList<int> unlearned)
    {
        if (_after is not null)
            return _after.NextFinish(unlearned);
        var solver = Solver(new Drive(this, unlearned), _y);

        // First all unlearned modes together, until one is half as strong as it will be; then that one alone, to infinity.
        int mode = -1;
        while (mode < 0)
        {
            solver.Step(double.PositiveInfinity);
            double strongest = 0;
            foreach (int d in unlearned)
            {
                double relative = Strength(solver.State.Y, d) / _moments.FullStrength(d);
                if (relative > 0.125 && relative > strongest)
                    (strongest, mode) = (relative, d);
            }

            if (solver.State.Steps > 100_000)
                return null;
        }

        _escaping = [.. solver.State.Y];
        double time = solver.State.Time;
        var growth = new HeadGrowth(_moments.Drive[mode], _moments.Saturation(mode));
        double small = Math.Min(Math.Cbrt(Strength(_escaping, mode)), 0.9 * growth.FullValue);
        var alone = Solver(new Drive(this, [mode]), _escaping);
        while (Math.Cbrt(Strength(alone.State.Y, mode)) < Infinite * growth.FullValue)
            alone.Step(double.PositiveInfinity);
        double escape = time + alone.State.Time + 1 / (_moments.Drive[mode] * Math.Cbrt(Strength(alone.State.Y, mode)));
        int sign = _escaping[0] < 0 ? -1 : 1;
        return Escape(_head, mode, growth, escape, _moments, sign, sign * growth.ClockAtSwitchOff(small), 1);
    }

    /// <inheritdoc/>
    public override void Advance(double time, IReadOnlyList<int> unlearned, Finish winner)
    {
        if (_after is null && winner.Head == _head)
        {
            int D = _moments.Count, pairs = _rank * D;
            _after = new ClockRacer(_head, _escaping![0], _escaping.AsSpan(1 + D, pairs), _escaping.AsSpan(1 + D + pairs + _rank, pairs), _moments);
        }

        if (_after is not null)
        {
            _after.Advance(time, unlearned, winner);
            return;
        }

        var solver = Solver(new Drive(this, unlearned), _y);
        while (solver.State.Time < time)
            solver.Step(time);
        _y = [.. solver.State.Y];
    }

    private static AdaptiveSolver Solver(Drive drive, double[] y)
    {
        double typical = Math.Sqrt(y.Sum(x => x * x) / y.Length);
        return new(drive, OdeState.At(y), new OdeTolerance(Tolerance, Tolerance * 1e-2 * typical), OdeMethod.DormandPrince);
    }

    /// <summary>m_d = Σ_r (v k_rd + l_r V_d) q_rd.</summary>
    private double Strength(double[] y, int d)
    {
        int D = _moments.Count, keys = 1 + D, labels = keys + _rank * D, queries = labels + _rank;
        double sum = 0;
        for (int r = 0; r < _rank; r++)
            sum += (y[0] * y[keys + r * D + d] + y[labels + r] * y[1 + d]) * y[queries + r * D + d];
        return sum;
    }

    private sealed class Drive(BlockRacer racer, IReadOnlyList<int> unlearned) : IVectorField
    {
        public int Size => racer._y.Length;

        public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
        {
            int D = racer._moments.Count, R = racer._rank, keys = 1 + D, labels = keys + R * D, queries = labels + R;
            derivative.Clear();
            foreach (int d in unlearned)
            {
                double b = racer._moments.Drive[d], V = y[1 + d];
                for (int r = 0; r < R; r++)
                {
                    int k = keys + r * D + d, q = queries + r * D + d;
                    derivative[0] += b * y[k] * y[q];
                    derivative[1 + d] += b * y[labels + r] * y[q];
                    derivative[k] = b * y[0] * y[q];
                    derivative[labels + r] += b * V * y[q];
                    derivative[q] = b * (y[0] * y[k] + y[labels + r] * V);
                }
            }

            return 0;
        }
    }
}
