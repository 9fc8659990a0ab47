using Staircase.Kernels;

namespace Staircase;

/// <summary>
/// Heads that do not see each other: each grows under the drive that the rest of the model leaves, v̇ = Σ k_r·G q_r, k̇_r = v G q_r, q̇_r =
/// v Gᵀ k_r (and the other blocks likewise).
/// </summary>
/// <remarks>
/// The heads follow behind G(t), in steps as long as they themselves afford: most of them grow slowly while others drop.
/// </remarks>
internal sealed class IdleHeads : IVectorField
{
    private const double AbsoluteFraction = 0.01, FirstStep = 0.01;
    private const int Bisections = 30, MostSteps = 100_000;

    private readonly SeparateAttention _model;
    private readonly OdeTolerance _tolerance;
    private readonly int _size;
    private readonly DormandPrince _pair;
    private readonly double[] _derivative, _error;
    private double[] _y, _next, _nextDerivative;   // the weights, and time as the last unknown
    private double _step, _lastError = 1, _earlierError = 1;
    private bool _hasDerivative;

    /// <param name="model">The idle heads alone.</param>
    /// <param name="weights">Theirs.</param>
    /// <param name="time">When they have these.</param>
    /// <param name="drive">G from that time on.</param>
    /// <param name="tolerance">Error allowed per step, relative to each weight.</param>
    /// <param name="typical">A typical weight: far below it errors count absolutely.</param>
    public IdleHeads(SeparateAttention model, double[] weights, double time, PiecewiseDrive drive, double tolerance, double typical)
    {
        _model = model;
        Drive = drive;
        _size = weights.Length;
        _tolerance = new(tolerance, AbsoluteFraction * tolerance * typical);
        _pair = new(_size + 1);
        _y = [.. weights, time];
        _next = new double[_size + 1];
        _derivative = new double[_size + 1];
        _nextDerivative = new double[_size + 1];
        _error = new double[_size + 1];
    }

    /// <inheritdoc/>
    public int Size => _size + 1;

    /// <summary>How far they have come.</summary>
    public double Time => _y[^1];

    /// <summary>Their weights then.</summary>
    public Span<double> Weights => _y.AsSpan(0, _size);

    /// <summary>Steps tried.</summary>
    public long Steps { get; private set; }

    /// <summary>G, as far as it is known.</summary>
    public PiecewiseDrive Drive { get; }

    /// <summary>Goes on until the end of the drive, or until a head is felt.</summary>
    /// <param name="isFelt">Whether one of the heads has become so large that the others feel it.</param>
    /// <param name="stepped">Is told of each step.</param>
    /// <param name="cancellation">Stops them.</param>
    /// <returns>Whether one is felt, at <see cref="Time"/>.</returns>
    /// <exception cref="UnfinishedTheoryException">They need too many steps.</exception>
    public bool Advance(Func<bool> isFelt, Action? stepped = null, CancellationToken cancellation = default)
    {
        double until = Drive.End;
        if (!_hasDerivative)
        {
            Evaluate(_y, _derivative);
            double speed = VectorKernels.SumOfSquares(_derivative.AsSpan(0, _size));
            _step = speed > 0 ? FirstStep * Math.Sqrt(VectorKernels.SumOfSquares(Weights) / speed) : double.PositiveInfinity;
            _hasDerivative = true;
        }

        while (Time < until)
        {
            cancellation.ThrowIfCancellationRequested();
            double start = Time, h = Math.Min(_step, until - start);
            if (!double.IsFinite(start + h))
                return false;   // nothing drives them
            if (++Steps > MostSteps || start + h == start)
                throw new UnfinishedTheoryException($"idle heads need steps of {h:G3} at time {start:G4}");
            _pair.Step(this, _y, _derivative, h, _next, _nextDerivative, _error);
            double error = VectorKernels.ScaledMaximum(
                _error.AsSpan(0, _size), Weights, _next.AsSpan(0, _size), _tolerance.Absolute, _tolerance.Relative);
            if (!(error <= 1))
            {
                _step = h * StepController.AfterRejection(error, DormandPrince.Order);
                continue;
            }

            double[] before = _y;
            (_y, _next) = (_next, _y);
            _y[^1] = h < until - start ? start + h : until;
            if (isFelt())
            {
                Retreat(before, start, h, isFelt);
                return true;
            }

            _nextDerivative.CopyTo(_derivative, 0);
            if (h == _step)
            {
                _step = h * StepController.AfterAcceptance(error, _lastError, _earlierError, DormandPrince.Order);
                (_lastError, _earlierError) = (error, _lastError);
            }

            stepped?.Invoke();
        }

        Drive.Forget();
        return false;
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
    {
        _model.PullBack(y[.._size], Drive.At(y[^1]), derivative[.._size]);
        derivative[^1] = 1;
        return 0;
    }

    /// <summary>
    /// The last steps are long for heads that run away: back to the moment at which the first is felt.
    /// </summary>
    private void Retreat(double[] before, double start, double h, Func<bool> isFelt)
    {
        double low = 0, high = 1;
        _y = new double[_size + 1];
        for (int i = 0; i < Bisections; i++)
        {
            double middle = (low + high) / 2;
            _pair.Interpolate(before, h, middle, _y);
            (low, high) = isFelt() ? (low, middle) : (middle, high);
        }

        _pair.Interpolate(before, h, high, _y);
        _y[^1] = Math.Max(start, start + high * h);
    }
}
