namespace Staircase;

/// <summary>
/// A head that no single clock carries, because its other blocks are not zero or because a finite data set drives them. Its label entries
/// (v, key label l) and its input entries (key k, V) then form two channels of the same product, M = Σ_r (v k_r + l_r V) q_rᵀ; this head
/// alone, without saturation, is integrated instead: a few scalars, no network.
/// </summary>
/// <remarks>
/// For a task, with B = diag(b) over the unlearned modes: v̇ = Σ k_rᵀ B q_r, V̇ = Σ l_r B q_r, k̇_r = v B q_r, l̇_r = Vᵀ B q_r, q̇_r = B (v
/// k_r + l_r V). For a data set B is the gradient with respect to the whole map where the learned modes have stopped growing. After its
/// first component a head of rank R &gt; 1 goes on as if its other blocks were zero, which the data soon make true.
/// </remarks>
internal sealed class BlockForecast : HeadForecast
{
    private const double Tolerance = 1e-5; // far below what leaving out saturation costs
    private const double Infinite = 100; // relative to the full value: 1/(b v) is then negligible
    private const double Seen = 0.125;   // relative strength, v half of full, at which a mode is taken as the winner
    private const int MostSteps = 100_000;

    private readonly int _head;
    private readonly SeparateAttention _alone;
    private readonly ModeMoments _moments;
    private double[] _weights;
    private double[]? _escaping;
    private ClockForecast? _after;
    private bool _inContextOnly;

    /// <param name="head">The head's number.</param>
    /// <param name="alone">A model of one head.</param>
    /// <param name="weights">Its weights in the eigenbasis.</param>
    /// <param name="moments">The modes.</param>
    public BlockForecast(int head, SeparateAttention alone, double[] weights, ModeMoments moments)
    {
        _head = head;
        _alone = alone;
        _moments = moments;
        _weights = weights;
    }

    /// <inheritdoc/>
    public override HeadEscape? NextEscape(IReadOnlyList<int> unlearned, double limit)
    {
        if (_after is not null)
            return _after.NextEscape(unlearned, limit);

        // First all unlearned modes together, until one is half-way to its full value; then that one alone, to infinity.
        AdaptiveSolver solver = Solver(DriveOf(unlearned), _weights);
        double runaway = Infinite * Math.Cbrt(unlearned.Max(_moments.FullStrength));
        int mode = -1;
        while (mode < 0)
        {
            if (!_inContextOnly && solver.State.Y.Max(Math.Abs) > runaway)
            {
                // In a small data set chance may drive the rest of the map more than any mode. Saturation, which is not in this
                // linear drive, stops that early; what goes on to grow is the in-context part.
                _inContextOnly = true;
                return NextEscape(unlearned, limit);
            }

            solver.Step(double.PositiveInfinity);
            double strongest = Seen;
            foreach (int d in unlearned)
            {
                double relative = Strength(solver.State.Y, d) / _moments.FullStrength(d);
                if (relative > strongest)
                    (strongest, mode) = (relative, d);
            }

            if (solver.State.Steps > MostSteps || solver.State.Time > limit)
                return null;
        }

        _escaping = [.. solver.State.Y];
        var growth = new HeadGrowth(_moments.Drive[mode], _moments.Saturation(mode));
        double small = Math.Min(Math.Cbrt(Strength(_escaping, mode)), 0.9 * growth.FullValue);
        AdaptiveSolver single = Solver(new DiagonalDrive(_alone, _moments, [mode]), _escaping);
        while (Math.Cbrt(Strength(single.State.Y, mode)) < Infinite * growth.FullValue)
            single.Step(double.PositiveInfinity);
        double escape = solver.State.Time + single.State.Time + 1 / (_moments.Drive[mode] * Math.Cbrt(Strength(single.State.Y, mode)));
        int sign = _alone.Head(_escaping, 0).Value < 0 ? -1 : 1;
        return Escape(_head, mode, growth, escape, _moments, sign, sign * growth.ClockAtSwitchOff(small), 1);
    }

    /// <inheritdoc/>
    public override void Advance(double time, IReadOnlyList<int> unlearned, HeadEscape winner)
    {
        if (_after is null && winner.Head == _head)
            _after = new ClockForecast(_head, _alone.Head(_escaping, 0), _moments);
        if (_after is not null)
        {
            _after.Advance(time, unlearned, winner);
            return;
        }

        AdaptiveSolver solver = Solver(DriveOf(unlearned), _weights);
        while (solver.State.Time < time)
            solver.Step(time);
        _weights = [.. solver.State.Y];
    }

    private IVectorField DriveOf(IReadOnlyList<int> unlearned) =>
        !_inContextOnly && _moments.DriveMap([.. _moments.Order.Except(unlearned)]) is { } map
            ? new MapDrive(_alone, map)
            : new DiagonalDrive(_alone, _moments, unlearned);

    private static AdaptiveSolver Solver(IVectorField drive, double[] weights)
    {
        double typical = Math.Sqrt(weights.Sum(x => x * x) / weights.Length);
        return new(drive, OdeState.At(weights), new OdeTolerance(Tolerance, Tolerance * 1e-2 * typical), OdeMethod.DormandPrince);
    }

    private double Strength(double[] weights, int d) => _alone.Head(weights, 0).Strength(d);

    /// <summary>The head under the drive of a data set.</summary>
    private sealed class MapDrive(SeparateAttention alone, double[] map) : IVectorField
    {
        public int Size => alone.Layout.Count;

        public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
        {
            alone.PullBack(y, map, derivative);
            return 0;
        }
    }

    /// <summary>The head under the drive of a task, which touches the in-context part of the map only.</summary>
    private sealed class DiagonalDrive(SeparateAttention alone, ModeMoments moments, IReadOnlyList<int> unlearned) : IVectorField
    {
        public int Size => alone.Layout.Count;

        public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
        {
            int D = moments.Count;
            derivative.Clear();
            SeparateHead slope = alone.Head(derivative, 0);
            ReadOnlySpan<double> k = alone.Layout.Slice(y, "key"), q = alone.Layout.Slice(y, "query");
            ReadOnlySpan<double> V = alone.Layout.Slice(y, "value_input"), l = alone.Layout.Slice(y, "key_label");
            double v = alone.Layout.Slice(y, "value")[0];
            foreach (int d in unlearned)
            {
                double b = moments.Drive[d];
                for (int r = 0; r < alone.Rank; r++)
                {
                    int i = r * D + d;
                    slope.Value += b * k[i] * q[i];
                    slope.ValueInput[d] += b * l[r] * q[i];
                    slope.Key[r, d] = b * v * q[i];
                    slope.KeyLabel[r] += b * V[d] * q[i];
                    slope.Query[r, d] = b * (v * k[i] + l[r] * V[d]);
                }
            }

            return 0;
        }
    }
}
