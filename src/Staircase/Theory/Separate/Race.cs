using Staircase.Kernels;

namespace Staircase;

/// <summary>One race of heads, from given weights to the last component.</summary>
/// <remarks>
/// Two phases take turns. <b>Waiting</b>: the heads that have learned rest, the drive that they leave is constant, and every idle head
/// grows in it by itself (<see cref="IdleHeads"/>). <b>Dropping</b>: from the moment an idle head is felt, all heads move together (<see
/// cref="CoupledHeads"/>), until those that have learned rest again.
/// </remarks>
internal sealed class Race
{
    /// <summary>Strength, relative to full, at which half of a component's loss is gone: 2x − x² = ½.</summary>
    private static readonly double HalfStrength = 1 - Math.Sqrt(0.5);

    // By how much, relative to its size, a resting head may still move until the next drop, over the size at which heads are felt.
    private const double AtRest = 0.01;

    // Of a direction's full strength: one that has fallen below that was given up again.
    private const double Forgotten = 0.1;

    // The errors of a head that is felt count absolutely below its own size; those of an idle one far below its start, from which it grows.
    private const double FeltUnit = 100, AbsoluteFraction = 0.01;

    // The units are set anew when a head has grown so much.
    private const double Outgrown = 2;

    // In times of the last event, and in times that the smallest head would take: heads that have done nothing for so long do nothing
    // any more.
    private const double Horizon = 20, Patience = 30;

    /// <summary>When a race with everything learned ends, in times of its last drop: where trainings end.</summary>
    public const double Ending = 1.5;

    private const int CheckEvery = 4, SubSteps = 4, MostSteps = 100_000;

    private readonly SeparateAttention _model;
    private readonly ModeMoments _moments;
    private readonly CoupledHeads _coupled;
    private readonly ModeBasis _modes;
    private readonly double _tolerance, _felt;
    private readonly bool _records;
    private readonly long _most; // evaluations
    private readonly double _typical;   // initial weight
    private readonly double _smallest;  // full strength
    private readonly DirectionCounter _directions;
    private int _learned;               // directions
    private readonly List<RaceDrop> _drops = [];
    private readonly List<double> _times = [], _losses = [];
    private readonly List<double[]> _strengths = [];
    private readonly double[] _buffer;
    private double[] _y;
    private double _now;
    private int _steps;
    private long _evaluations;
    private double _since = double.PositiveInfinity;   // the last drop or the end of the last wait

    private Race(SeparateAttention model, double[] weights, ModeMoments moments, RaceAccuracy accuracy, bool records, long most)
    {
        _most = most;
        _model = model;
        _moments = moments;
        _records = records;
        IAttentionLoss loss = moments.Loss;
        double[] rotated = model.Layout.ToEigenbasis(weights, moments.LossBasis);
        int size = loss.KeepsZeroBlocks && model.Layout.HasZeroBlocks(rotated) ? model.Layout.InContextCount : model.Layout.Count;
        _y = rotated[..size];
        _buffer = new double[size];
        _coupled = new(model, loss, size);
        _modes = new(model.InputDimension, moments.AreExact ? null : moments.Basis);
        _typical = Math.Sqrt(VectorKernels.SumOfSquares(_y) / Math.Max(1, size - _y.AsSpan().Count(0.0)));
        if (_typical == 0)
            _typical = 1;
        (_tolerance, _felt) = (accuracy.Tolerance, accuracy.Felt);
        _smallest = moments.Order.Where(d => moments.Drive[d] > 0).Select(moments.FullStrength).DefaultIfEmpty(1).Min();
        _directions = new(moments);
    }

    /// <summary>Runs a race.</summary>
    /// <param name="model">The heads.</param>
    /// <param name="weights">A whole weight vector in the token basis.</param>
    /// <param name="moments">The modes.</param>
    /// <param name="accuracy">How exactly.</param>
    /// <param name="records">Whether the curve is kept, or the drops alone.</param>
    /// <param name="most">How many evaluations of all heads together it may take.</param>
    /// <exception cref="UnfinishedTheoryException">It takes more.</exception>
    public static RaceCourse Run(
        SeparateAttention model, double[] weights, ModeMoments moments, RaceAccuracy accuracy, bool records, long most)
    {
        var race = new Race(model, weights, moments, accuracy, records, most);
        race.Run();
        return new(
            race._drops, [.. race._times], [.. race._losses],
            [.. Enumerable.Range(0, moments.Count).Select(d => race._strengths.Select(row => row[d]).ToArray())], race._evaluations);
    }

    private void Run()
    {
        double loss = _coupled.At(_y, _buffer);
        _learned = _directions.Above(HalfStrength, InContext(_coupled.Map));
        Record(_now, loss, InContext(_coupled.Map));
        while (true)
        {
            if (Rests() && !Wait())
                return;
            if (!Drop())
                return;
        }
    }

    private bool IsAnythingLeft => _learned < _directions.Most;

    /// <summary>Idle heads grow by themselves until one is felt; false if none ever is.</summary>
    private bool Wait()
    {
        int[] idle = [.. Enumerable.Range(0, _model.Heads).Where(h => !IsFelt(_model, _y, h))];
        if (idle.Length == 0 || !IsAnythingLeft)
            return false;
        var alone = new SeparateAttention(_model.InputDimension, idle.Length, _model.Rank);
        int size = _y.Length == _model.Layout.Count ? alone.Layout.Count : alone.Layout.InContextCount;
        var start = new double[size];
        Copy(_model, _y, idle, alone, start, back: false);
        _coupled.At(_y, _buffer);
        var field = new IdleHeads(alone, _coupled.Drive.ToArray(), size);
        var slope = new double[size];
        field.Evaluate(start, slope);
        if (!slope.AsSpan().ContainsAnyExcept(0.0))
            return false;
        var solver = new AdaptiveSolver(
            field, OdeState.At(start), new(_tolerance, AbsoluteFraction * _tolerance * _typical), OdeMethod.DormandPrince);
        while (!AnyFelt(solver.State.Y))
        {
            if (solver.State.Steps > MostSteps)
                throw TooLong();
            if (!double.IsFinite(solver.State.StepSize))
                return false;
            solver.Step(double.PositiveInfinity);
            if (_records && !AnyFelt(solver.State.Y))
                RecordWith(solver.State.Y, _now + solver.State.Time);
        }

        // The last steps are long for heads that run away: back to the moment at which the first is felt.
        double low = solver.StepStart, high = solver.State.Time;
        double[] at = [.. solver.State.Y];
        for (int i = 0; i < 40 && high - low > 1e-12 * high; i++)
        {
            double middle = (low + high) / 2;
            solver.Interpolate(middle, at);
            (low, high) = AnyFelt(at) ? (low, middle) : (middle, high);
        }

        solver.Interpolate(high, at);
        _now += high;
        _since = _now;
        RecordWith(at, _now);
        return true;

        void RecordWith(double[] grown, double time)
        {
            Copy(_model, _y, idle, alone, grown, back: true);
            double loss = _coupled.At(_y, _buffer);
            Record(time, loss, InContext(_coupled.Map));
        }

        bool AnyFelt(double[] y)
        {
            for (int h = 0; h < idle.Length; h++)
            {
                if (IsFelt(alone, y, h))
                    return true;
            }

            return false;
        }
    }

    /// <summary>All heads together until those that have learned rest; false if nothing is left to learn.</summary>
    private bool Drop()
    {
        while (true)
        {
            double start = _now;
            double[] sizes = SetUnits();
            long counted = 0;
            var solver = new AdaptiveSolver(_coupled, OdeState.At(Divided(_y)), new(_tolerance, AbsoluteFraction * _tolerance));
            while (true)
            {
                solver.Step(double.PositiveInfinity);
                VectorKernels.Multiply(_coupled.Unit, solver.State.Y, _y);
                _now = start + solver.State.Time;
                Look(solver, start);
                if (_records)
                    RecordStep(solver, start);
                if (solver.State.Steps % CheckEvery != 0)
                    continue;
                _steps += CheckEvery;
                _evaluations += solver.State.Evaluations - counted;
                counted = solver.State.Evaluations;
                if (_steps > MostSteps || _evaluations > _most)
                    throw TooLong();
                if (IsAnythingLeft ? NothingComes() : _now > Ending * _since)
                    return false;

                if (Rests())
                    return true;
                if (HaveGrown(sizes))
                    break;
            }
        }
    }

    private UnfinishedTheoryException TooLong() =>
        new($"the race of its heads has come to time {_now:G4} after {_evaluations:N0} gradients, and is given up there");

    private bool NothingComes()
    {
        if (_now < Horizon * _since)
            return false;
        double smallest = Enumerable.Range(0, _model.Heads).Select(SizeOf).Where(size => size > 0).Min();
        _coupled.At(_y, _buffer);
        return _now > _since + Patience / (smallest * Math.Sqrt(VectorKernels.SumOfSquares(_coupled.Drive)));
    }

    /// <summary>The unit of an idle head is a typical initial weight, that of a head that is felt its own size.</summary>
    private double[] SetUnits()
    {
        var sizes = new double[_model.Heads];
        for (int h = 0; h < sizes.Length; h++)
        {
            sizes[h] = SizeOf(h);
            _coupled.SetUnit(h, IsFelt(_model, _y, h) ? FeltUnit * sizes[h] : _typical);
        }

        return sizes;
    }

    private bool HaveGrown(double[] sizes)
    {
        for (int h = 0; h < sizes.Length; h++)
        {
            if (SizeOf(h) > Outgrown * sizes[h] && IsFelt(_model, _y, h))
                return true;
        }

        return false;
    }

    private double[] Divided(double[] weights) => [.. weights.Select((w, i) => w / _coupled.Unit[i])];

    private void Interpolate(AdaptiveSolver solver, double time, double[] destination)
    {
        solver.Interpolate(time, destination);
        VectorKernels.Multiply(_coupled.Unit, destination, destination);
    }

    /// <summary>Whether a direction has been learned, or given up, in the last step.</summary>
    private void Look(AdaptiveSolver solver, double start)
    {
        double[] M = _model.InContextMatrix(_y);
        for (int count = _directions.Above(HalfStrength, M); _learned < count;)
            Learn(solver, start);
        if (_learned > 0)
            _learned = Math.Min(_learned, _directions.Above(Forgotten, M));
    }

    private void Learn(AdaptiveSolver solver, double start)
    {
        double low = solver.StepStart, high = solver.State.Time;
        double[] at = new double[_y.Length];
        for (int i = 0; i < 40; i++)
        {
            double middle = (low + high) / 2;
            Interpolate(solver, middle, at);
            (low, high) = _directions.Above(HalfStrength, _model.InContextMatrix(at)) > _learned ? (low, middle) : (middle, high);
        }

        Interpolate(solver, high, at);
        double[] direction = _directions.Nearest(HalfStrength, _model.InContextMatrix(at));
        int head = Enumerable.Range(0, _model.Heads).MaxBy(h => _directions.Along(direction, HeadMatrix(at, h)));
        _learned++;
        _since = start + high;
        _drops.Add(new(start + high, head, direction));
    }

    /// <summary>
    /// Whether the heads that are felt stay where they are until the next drop. They do if each of their pairs has learned a direction,
    /// if none could turn to one that gains more, and if they have come to rest.
    /// </summary>
    private bool Rests()
    {
        int pairs = 0;
        double idleSize = 0;
        for (int h = 0; h < _model.Heads; h++)
        {
            if (IsFelt(_model, _y, h))
                pairs += _model.Rank;
            else
                idleSize = Math.Max(idleSize, SizeOf(h));
        }

        if (pairs != _learned)
            return false;
        if (pairs == 0)
            return true;
        double[] strengths = StrengthsOf(_model.InContextMatrix(_y));
        double leastLearned = double.PositiveInfinity, mostLeft = 0;
        foreach (IReadOnlyList<int> space in _moments.Spaces)
        {
            double share = _moments.LearnedDirections(space, strengths);
            foreach (int d in space)
            {
                if (share > 0.5)
                    leastLearned = Math.Min(leastLearned, _moments.Gain(d));
                if (share < space.Count - 0.5 && _moments.Drive[d] > 0)
                    mostLeft = Math.Max(mostLeft, _moments.Gain(d));
            }
        }

        if (mostLeft > leastLearned * (1 + 1e-9))
            return false;

        _coupled.At(_y, _buffer);
        double drive = Math.Sqrt(VectorKernels.SumOfSquares(_coupled.Drive));
        double wait = IsAnythingLeft && idleSize > 0 && drive > 0 ? 3 / (drive * idleSize) : _now;
        double largest = 0, fastest = 0;
        for (int h = 0; h < _model.Heads; h++)
        {
            if (!IsFelt(_model, _y, h))
                continue;
            for (int block = 0; block < _model.Layout.Blocks.Count; block++)
            {
                foreach (double x in _model.Part(_y, block, h))
                    largest = Math.Max(largest, Math.Abs(x));
                foreach (double x in _model.Part(_buffer, block, h))
                    fastest = Math.Max(fastest, Math.Abs(x));
            }
        }

        return fastest * wait <= AtRest * _felt * largest;
    }

    /// <summary>Whether what a head does to the drive of the others can be felt.</summary>
    private bool IsFelt(SeparateAttention model, double[] y, int head)
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

    private double SizeOf(int head)
    {
        double size = 0;
        for (int block = 0; block < _model.Layout.Blocks.Count; block++)
            size += VectorKernels.SumOfSquares(_model.Part(_y, block, head));
        return Math.Sqrt(size);
    }

    private double[] StrengthsOf(ReadOnlySpan<double> inContextMatrix)
    {
        var strengths = new double[_moments.Count];
        _modes.Strengths(inContextMatrix, strengths);
        return strengths;
    }

    private ReadOnlySpan<double> InContext(ReadOnlySpan<double> map) => map[..AttentionMap.InContextLength(_model.InputDimension)];

    private double[] HeadMatrix(double[] y, int head)
    {
        var alone = new SeparateAttention(_model.InputDimension, 1, _model.Rank);
        var own = new double[y.Length == _model.Layout.Count ? alone.Layout.Count : alone.Layout.InContextCount];
        Copy(_model, y, [head], alone, own, back: false);
        return alone.InContextMatrix(own);
    }

    /// <summary>Copies some heads into a model of their own, or back.</summary>
    private static void Copy(SeparateAttention all, double[] y, int[] heads, SeparateAttention some, double[] own, bool back)
    {
        for (int block = 0; block < all.Layout.Blocks.Count; block++)
        {
            for (int i = 0; i < heads.Length; i++)
            {
                Span<double> whole = all.Part(y, block, heads[i]), part = some.Part(own, block, i);
                if (back)
                    part.CopyTo(whole);
                else
                    whole.CopyTo(part);
            }
        }
    }

    private void RecordStep(AdaptiveSolver solver, double start)
    {
        double[] at = new double[_y.Length];
        double h = solver.State.Time - solver.StepStart;
        for (int k = 1; k < SubSteps; k++)
        {
            double time = solver.StepStart + h * k / SubSteps;
            Interpolate(solver, time, at);
            double loss = _coupled.At(at, _buffer);
            Record(start + time, loss, InContext(_coupled.Map));
        }

        Record(_now, solver.Value, _model.InContextMatrix(_y));
    }

    private void Record(double time, double loss, ReadOnlySpan<double> M)
    {
        if (!_records || (_times.Count > 0 && time <= _times[^1]))
            return;
        _times.Add(time);
        _losses.Add(loss);
        _strengths.Add(StrengthsOf(M));
    }
}
