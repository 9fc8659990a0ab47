using Staircase.Kernels;

namespace Staircase;

/// <summary>One race of heads, from given weights to the last component.</summary>
/// <remarks>
/// At any time some heads <b>move</b> together (<see cref="CoupledHeads"/>), those that have learned <b>rest</b>, and those that are too
/// small to be felt by the others, the <b>idle</b> ones, grow in the drive that all of these leave (<see cref="IdleHeads"/>). An idle
/// head that is felt moves from then on; where none moves, the drive is constant until the next is felt.
/// </remarks>
internal sealed class Race
{
    /// <summary>Strength, relative to full, at which half of a component's loss is gone: 2x − x² = ½.</summary>
    private static readonly double HalfStrength = 1 - Math.Sqrt(0.5);

    // By how much, relative to its size, a resting head may still move until the next drop, and how far it may be pushed until it moves
    // again: over the size at which heads are felt.
    private const double AtRest = 0.01, Pushed = 0.1;

    // Of a direction's full strength: one that has fallen below that was given up again; a head holds one of which it has half.
    private const double Forgotten = 0.1, Held = 0.5;

    // The share of the moving heads that have come to rest before it pays to part the heads anew.
    private const double ManyAtRest = 0.25;

    // What an evaluation costs besides its arithmetic, in multiplications.
    private const double Overhead = 30_000;

    // In times of the last event, and in times that the smallest head would take: heads that have done nothing for so long do nothing
    // any more.
    private const double Horizon = 20, Patience = 30;

    /// <summary>When a race with everything learned ends, in times of its last drop: where trainings end.</summary>
    public const double Ending = 1.5;

    private const int CheckEvery = 8, Bisections = 30, MostSteps = 100_000;

    private readonly SeparateAttention _model;
    private readonly ModeMoments _moments;
    private readonly IAttentionLoss _loss;
    private readonly ModeBasis _modes;
    private readonly double _tolerance, _felt;
    private readonly bool _records;
    private readonly double _most;      // multiplications
    private readonly double _typical;   // initial weight
    private readonly double _smallest;  // full strength
    private readonly DirectionCounter _directions;
    private readonly List<RaceDrop> _drops = [];
    private readonly List<double> _times = [], _losses = [];
    private readonly List<double> _strengths = [];   // of every mode at each time
    private readonly double[] _y;       // the idle heads' are behind while others move
    private readonly double[] _slopes, _at;     // as long as that, for whoever needs them
    private readonly double[] _modeStrengths;
    private readonly Point[] _points;   // of a step
    private readonly PiecewiseDrive _drive;     // of idle heads
    private double _now;
    private int _learned;               // directions
    private int _steps;
    private double _work, _workToLastDrop;
    private double _since = double.PositiveInfinity;   // the last drop or the end of the last wait
    private HeadGroup _moving, _resting, _idle;
    private (OdeState State, int[] Heads)? _parted;     // how heads moved until they were parted anew
    private readonly HeadGroup[] _each;
    private readonly SeparateAttention?[] _models;   // of so many heads each
    private readonly CancellationToken _cancellation;

    private Race(
        SeparateAttention model, double[] weights, ModeMoments moments, RaceAccuracy accuracy, bool records, double most,
        CancellationToken cancellation)
    {
        _most = most;
        _cancellation = cancellation;
        _models = new SeparateAttention?[model.Heads + 1];
        _model = model;
        _moments = moments;
        _records = records;
        _loss = moments.Loss;
        double[] rotated = model.Layout.ToEigenbasis(weights, moments.LossBasis);
        int size = _loss.KeepsZeroBlocks && model.Layout.HasZeroBlocks(rotated) ? model.Layout.InContextCount : model.Layout.Count;
        _y = rotated[..size];
        (_slopes, _at) = (new double[size], new double[size]);
        _modeStrengths = new double[moments.Count];
        int mapLength = model.MapLength(size);
        _drive = new(mapLength);
        _points = [.. Enumerable.Range(0, PiecewiseDrive.Points).Select(_ => new Point(mapLength))];
        _modes = new(model.InputDimension, moments.AreExact ? null : moments.Basis);
        _typical = Math.Sqrt(VectorKernels.SumOfSquares(_y) / Math.Max(1, size - _y.AsSpan().Count(0.0)));
        if (_typical == 0)
            _typical = 1;
        (_tolerance, _felt) = (accuracy.Tolerance, accuracy.Felt);
        _smallest = moments.Order.Where(moments.IsLearnable).Select(moments.FullStrength).DefaultIfEmpty(1).Min();
        _directions = new(moments);
        _moving = _resting = _idle = Group([]);
        _each = [.. Enumerable.Range(0, model.Heads).Select(h => Group([h]))];
    }

    /// <summary>Runs a race.</summary>
    /// <param name="model">The heads.</param>
    /// <param name="weights">A whole weight vector in the token basis.</param>
    /// <param name="moments">The modes.</param>
    /// <param name="accuracy">How exactly.</param>
    /// <param name="records">Whether the curve is kept, or the drops alone.</param>
    /// <param name="most">How many multiplications it may take; what takes more is given up there.</param>
    public static RaceCourse Run(
        SeparateAttention model, double[] weights, ModeMoments moments, RaceAccuracy accuracy, bool records, double most,
        CancellationToken cancellation)
    {
        var race = new Race(model, weights, moments, accuracy, records, most, cancellation);
        string? givenUp = null;
        try
        {
            race.Run();
        }
        catch (Exception exception) when (exception is UnfinishedTheoryException or DivergedException)
        {
            givenUp = exception.Message.TrimEnd('.');
        }

        return new(
            race._drops, [.. race._times], [.. race._losses],
            [.. Enumerable.Range(0, moments.Count).Select(race.StrengthsOfMode)], race._work,
            race._workToLastDrop, givenUp);
    }

    private bool IsAnythingLeft => _learned < _directions.Most;

    private void Run()
    {
        double[] map = Everyone().MapIn(_y), drive = new double[map.Length];
        _learned = _directions.Above(HalfStrength, InContext(map));
        Record(_now, _loss.Evaluate(map, drive), map);
        do
            Part();
        while (_moving.Count == 0 ? Wait() : Move());
    }

    /// <summary>Which heads move, rest and are idle from now on.</summary>
    private void Part()
    {
        int[] felt = [.. Enumerable.Range(0, _model.Heads).Where(h => IsFelt(_model, _y, h))];
        _idle = Group(Enumerable.Range(0, _model.Heads).Except(felt));
        double[] map = Group(felt).MapIn(_y), drive = DriveAt(map);
        _model.PullBack(_y, drive, _slopes);
        double wait = WaitIn(drive);
        _resting = Group(Settled(felt, map).Where(h => IsSlow(h, wait)));
        _moving = Group(felt.Except(_resting.Heads));
    }

    /// <summary>No head moves, and idle ones grow by themselves until one is felt; false if none ever is.</summary>
    private bool Wait()
    {
        if (_idle.Count == 0 || !IsAnythingLeft)
            return false;
        double[] rest = _resting.MapIn(_y), map = new double[rest.Length], unused = new double[rest.Length];
        IdleHeads idle = Follow(DriveAt(rest));
        bool isFelt = idle.Advance(() => AnyFelt(idle), _records ? RecordIdle : null, _cancellation);
        _work += 6 * idle.Steps * CostOf(_idle.Count);
        if (!isFelt)
            return false;
        RecordIdle();
        _idle.CopyTo(_y, idle.Weights);
        _now = _since = idle.Time;
        _parted = null;
        return true;

        void RecordIdle()
        {
            _idle.Model.Map(idle.Weights, map);
            VectorKernels.AddScaled(1, rest, map);
            Record(idle.Time, _loss.Evaluate(map, unused), map);
        }
    }

    /// <summary>
    /// The moving heads go on together, and the idle ones follow behind, until heads must be parted anew; false if nothing is left to
    /// learn.
    /// </summary>
    private bool Move()
    {
        double start = _now, checkedAt = _now, strongest = 0;
        var coupled = new CoupledHeads(_moving.Model, _loss, _moving.Size, _resting.MapIn(_y));
        double[] pushed = new double[_resting.Count];
        var solver = new AdaptiveSolver(coupled, GoOn(), new(_tolerance, 0));
        IdleHeads? idle = _idle.Count > 0 ? Follow(coupled.Drive) : null;
        double largest = idle is null ? 0 : LargestSize(idle);
        long counted = 0;
        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            solver.Step(double.PositiveInfinity);
            ReadOnlySpan<Point> points = PointsOf(solver, start, coupled, idle is not null || _records);
            Point last = points[^1];
            bool isFelt = false;
            if (idle is not null)
            {
                foreach (Point point in points)
                {
                    idle.Drive.Add(point.Time, point.Drive);
                    strongest = Math.Max(strongest, Norm(point.Drive));
                }

                if (idle.Drive.Pieces == PiecewiseDrive.MostPieces || last.Time >= SafeUntil(idle.Time, largest, strongest))
                {
                    isFelt = idle.Advance(() => AnyFelt(idle), cancellation: _cancellation);
                    (largest, strongest) = (LargestSize(idle), 0);
                }
            }

            _now = isFelt ? Math.Clamp(idle!.Time, start + solver.StepStart, last.Time) : last.Time;
            Look(solver, start, coupled, isFelt ? null : last.Map);
            if (!_records && !IsAnythingLeft)
            {
                Count();
                return false;
            }

            foreach (Point point in points)
            {
                if (point.Time <= _now)
                    Record(point.Time, point.Loss, point.Map);
            }

            if (isFelt)
            {
                _since = _now;
                solver.Interpolate(_now - start, _at.AsSpan(0, _moving.Size));
                _moving.CopyTo(_y, _at);
                return Leave();
            }

            if (solver.State.Steps % CheckEvery != 0)
                continue;
            _steps += CheckEvery;
            Count();
            _moving.CopyTo(_y, solver.State.Y);
            if (_steps > MostSteps || _work > _most)
                throw new UnfinishedTheoryException($"the race of its heads took {_work:G2} multiplications to time {_now:G4}");
            if (IsAnythingLeft ? NothingComes(last.Drive) : _now > Ending * _since)
                return false;
            if (ShouldPart(last, pushed, _now - checkedAt))
            {
                if (idle is { Drive.Pieces: > 0 })
                    idle.Advance(() => AnyFelt(idle), cancellation: _cancellation);
                return Leave();
            }

            checkedAt = _now;
        }

        bool Leave()
        {
            Count();
            if (idle is not null)
                _idle.CopyTo(_y, idle.Weights);
            _parted = (solver.State, _moving.Heads);
            return true;
        }

        void Count()
        {
            _work += (solver.State.Evaluations - counted) * CostOf(_moving.Count);
            counted = solver.State.Evaluations;
        }
    }

    /// <summary>
    /// The moving heads. Parted in the middle of a move they go on with the steps they had; heads that are only just felt add next to
    /// nothing to the radius of the Jacobian.
    /// </summary>
    private OdeState GoOn()
    {
        OdeState state = OdeState.At(_moving.WeightsIn(_y));
        if (_parted is not ({ } before, { } heads))
            return state;
        state.StepSize = before.StepSize;
        if (!heads.Except(_moving.Heads).Any())
            (state.SpectralRadius, state.EstimateAge, state.Method) = (before.SpectralRadius, before.EstimateAge, before.Method);
        return state;
    }

    /// <summary>The moving heads at a time, and what they leave.</summary>
    private sealed class Point(int mapLength)
    {
        public double Time { get; private set; }

        public double Loss { get; private set; }

        public double[] Map { get; } = new double[mapLength];

        public double[] Drive { get; } = new double[mapLength];

        public void Set(double time, double loss, CoupledHeads coupled)
        {
            (Time, Loss) = (time, loss);
            coupled.Map.CopyTo(Map);
            coupled.Drive.CopyTo(Drive);
        }
    }

    /// <summary>The middle and the end of the last step, or its end alone; that is what the solver evaluated last.</summary>
    private ReadOnlySpan<Point> PointsOf(AdaptiveSolver solver, double start, CoupledHeads coupled, bool all)
    {
        _points[^1].Set(start + solver.State.Time, solver.Value, coupled);
        if (!all)
            return _points.AsSpan(_points.Length - 1);
        Span<double> at = _at.AsSpan(0, _moving.Size);
        double middle = (solver.StepStart + solver.State.Time) / 2;
        solver.Interpolate(middle, at);
        _points[0].Set(start + middle, coupled.At(at), coupled);
        return _points;
    }

    /// <summary>
    /// Until when no idle head can be felt: the size of a head grows by ‖G‖ s²/√3 at most, and v‖k‖‖q‖ is no more than (s²/3)^{3/2}.
    /// </summary>
    /// <param name="time">Where they are.</param>
    /// <param name="largest">The size of the largest.</param>
    /// <param name="drive">‖G‖ since then, at most.</param>
    private double SafeUntil(double time, double largest, double drive)
    {
        double channels = _y.Length == _model.Layout.Count ? 2 : 1;
        double felt = Math.Sqrt(3) * Math.Cbrt(_felt * _smallest / channels);
        return time + Math.Sqrt(3) * (1 / largest - 1 / felt) / (channels * drive);
    }

    private double LargestSize(IdleHeads idle)
    {
        double largest = 0;
        for (int h = 0; h < _idle.Count; h++)
            largest = Math.Max(largest, _idle.Model.SizeOf(idle.Weights, h));
        return largest;
    }

    /// <summary>
    /// Whether resting heads have been pushed away from where they rest, or many of those that move have come to rest.
    /// </summary>
    private bool ShouldPart(Point now, double[] pushed, double time)
    {
        _model.PullBack(_y, now.Drive, _slopes);
        for (int i = 0; i < pushed.Length; i++)
        {
            int h = _resting.Heads[i];
            pushed[i] += time * Largest(_model, _slopes, h);
            if (pushed[i] > Pushed * _felt * Largest(_model, _y, h))
                return true;
        }

        double wait = WaitIn(now.Drive);
        int[] slow = [.. _moving.Heads.Where(h => IsSlow(h, wait))];
        return slow.Length > ManyAtRest * _moving.Count && Settled(slow, now.Map).Count() > ManyAtRest * _moving.Count;
    }

    /// <summary>Whether a head at its present speed would hardly move in a time.</summary>
    private bool IsSlow(int head, double time) => Largest(_model, _slopes, head) * time <= AtRest * _felt * Largest(_model, _y, head);

    /// <summary>
    /// The heads that have nothing left to do but to come to rest: each of their pairs holds a direction, and nothing that is not learned
    /// gains more than what they hold.
    /// </summary>
    private IEnumerable<int> Settled(int[] felt, double[] map)
    {
        double[] strengths = StrengthsOf(map);
        double mostLeft = 0;
        foreach (IReadOnlyList<int> space in _moments.Spaces)
        {
            if (_moments.LearnedDirections(space, strengths) < space.Count - 0.5)
                mostLeft = Math.Max(mostLeft, space.Where(_moments.IsLearnable).Select(_moments.Gain).DefaultIfEmpty().Max());
        }

        var held = new List<int>[_model.Heads];
        foreach (RaceDrop drop in _drops)
        {
            if (felt.Contains(drop.Head) && _directions.Along(drop.Direction, HeadMatrix(drop.Head)) > Held)
                (held[drop.Head] ??= []).Add(drop.Mode);
        }

        return felt.Where(h => held[h] is { } modes && modes.Count >= _model.Rank
            && modes.All(d => mostLeft <= _moments.Gain(d) * (1 + 1e-9)));
    }

    /// <summary>How long the largest idle head still needs at least; where none is left, as long as the race took.</summary>
    private double WaitIn(double[] drive)
    {
        double strength = Norm(drive), size = 0;
        foreach (int h in _idle.Heads)
            size = Math.Max(size, _model.SizeOf(_y, h));
        return IsAnythingLeft && size > 0 && strength > 0 ? 3 / (strength * size) : _now;
    }

    private bool NothingComes(double[] drive)
    {
        if (_now < Horizon * _since)
            return false;
        double smallest = Enumerable.Range(0, _model.Heads).Select(h => _model.SizeOf(_y, h)).Where(size => size > 0).Min();
        return _now > _since + Patience / (smallest * Norm(drive));
    }

    /// <summary>The idle heads from now on, in a drive that begins or stays so.</summary>
    private IdleHeads Follow(ReadOnlySpan<double> drive)
    {
        _drive.Begin(_now, drive);
        return new(_idle.Model, _idle.WeightsIn(_y), _now, _drive, _tolerance, _typical);
    }

    /// <summary>Looks whether a direction has been learned, or given up, in the last step.</summary>
    /// <param name="map">That of the present, if it is the end of a step.</param>
    private void Look(AdaptiveSolver solver, double start, CoupledHeads coupled, double[]? map)
    {
        ReadOnlySpan<double> M = map is null ? MatrixAt(_now - start) : InContext(map);
        int count = _directions.Above(HalfStrength, M);
        if (_learned > 0 && count < _learned)
            _learned = Math.Min(_learned, _directions.Above(Forgotten, M));
        while (_learned < count)
            Learn(solver.StepStart, _now - start);

        ReadOnlySpan<double> MatrixAt(double time)
        {
            Span<double> at = _at.AsSpan(0, _moving.Size);
            solver.Interpolate(time, at);
            coupled.MapAt(at);
            return InContext(coupled.Map);
        }

        void Learn(double low, double high)
        {
            for (int i = 0; i < Bisections; i++)
            {
                double middle = (low + high) / 2;
                (low, high) = _directions.Above(HalfStrength, MatrixAt(middle)) > _learned ? (low, middle) : (middle, high);
            }

            double[] direction = _directions.Nearest(HalfStrength, MatrixAt(high));
            _moving.CopyTo(_y, _at);
            int head = _moving.Heads.Concat(_resting.Heads).MaxBy(h => _directions.Along(direction, HeadMatrix(h)));
            _learned++;
            _since = start + high;
            _workToLastDrop = _work;
            _drops.Add(new(start + high, head, direction));
        }
    }

    private bool AnyFelt(IdleHeads idle)
    {
        for (int h = 0; h < _idle.Count; h++)
        {
            if (IsFelt(_idle.Model, idle.Weights, h))
                return true;
        }

        return false;
    }

    /// <summary>Whether what a head does to the drive of the others can be felt.</summary>
    private bool IsFelt(SeparateAttention model, Span<double> y, int head)
    {
        SeparateHead own = model.Head(y, head);
        double felt = 0, v = Math.Abs(own.Value), V = Math.Sqrt(VectorKernels.SumOfSquares(own.ValueInput));
        for (int r = 0; r < model.Rank; r++)
        {
            double k = Math.Sqrt(VectorKernels.SumOfSquares(own.Key[r])), q = Math.Sqrt(VectorKernels.SumOfSquares(own.Query[r]));
            double l = own.KeyLabel.IsEmpty ? 0 : Math.Abs(own.KeyLabel[r]);
            felt += (v * k + l * V + v * l + V * k) * q;
        }

        return felt > _felt * _smallest;
    }

    /// <summary>The largest entry of a head, of its weights or of their slopes.</summary>
    private static double Largest(SeparateAttention model, Span<double> weights, int head)
    {
        double largest = 0;
        for (int block = 0; block < model.Layout.Table.Length; block++)
        {
            foreach (double x in model.Part(weights, block, head))
                largest = Math.Max(largest, Math.Abs(x));
        }

        return largest;
    }

    private static double Norm(ReadOnlySpan<double> drive) => Math.Sqrt(VectorKernels.SumOfSquares(drive));

    private double CostOf(int heads) => CostOf(_model, heads, _moments, whole: _y.Length == _model.Layout.Count);

    /// <summary>Multiplications of an evaluation of so many heads together, about.</summary>
    private static double CostOf(SeparateAttention model, int heads, ModeMoments moments, bool whole)
    {
        double D = model.InputDimension, n = whole ? AttentionMap.Length(model.InputDimension) : D * D;
        double some = whole ? 12 * heads * D * D * (D + model.Rank) : 3 * heads * model.Rank * D * D;
        return Overhead + some + (!moments.AreExact ? n * n : whole ? 20 * D * D * D : 4 * n);
    }

    /// <summary>Multiplications that a race will take, about: a guess from its sizes alone.</summary>
    public static double WorkOf(SeparateAttention model, ReadOnlySpan<double> weights, ModeMoments moments)
    {
        bool whole = !(moments.Loss.KeepsZeroBlocks && model.Layout.HasZeroBlocks(weights));
        double evaluations = moments.AreExact && !whole ? 600 : 2000;
        return evaluations * model.InputDimension * CostOf(model, model.Heads, moments, whole);
    }

    private HeadGroup Everyone() => Group(Enumerable.Range(0, _model.Heads));

    private HeadGroup Group(IEnumerable<int> heads) => new(_model, _models, _y.Length, [.. heads]);

    private double[] DriveAt(double[] map)
    {
        var drive = new double[map.Length];
        _loss.Evaluate(map, drive);
        VectorKernels.Scale(-0.5, drive, drive);
        return drive;
    }

    private double[] StrengthsOf(ReadOnlySpan<double> map)
    {
        var strengths = new double[_moments.Count];
        _modes.Strengths(InContext(map), strengths);
        return strengths;
    }

    private double[] StrengthsOfMode(int mode)
    {
        var strengths = new double[_times.Count];
        for (int i = 0; i < strengths.Length; i++)
            strengths[i] = _strengths[i * _moments.Count + mode];
        return strengths;
    }

    private ReadOnlySpan<double> InContext(ReadOnlySpan<double> map) => map[..AttentionMap.InContextLength(_model.InputDimension)];

    private double[] HeadMatrix(int head) => InContext(_each[head].MapIn(_y)).ToArray();

    private void Record(double time, double loss, ReadOnlySpan<double> map)
    {
        if (!_records || (_times.Count > 0 && time <= _times[^1]))
            return;
        _times.Add(time);
        _losses.Add(loss);
        _modes.Strengths(InContext(map), _modeStrengths);
        _strengths.AddRange(_modeStrengths);
    }
}
