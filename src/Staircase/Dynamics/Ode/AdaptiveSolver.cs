namespace Staircase;

/// <summary>
/// Integrates y′ = f(y) with error control, changing between <see cref="DormandPrince"/> and <see cref="RungeKuttaChebyshev"/> as the
/// spectral radius of the Jacobian and the affordable step demand.
/// </summary>
/// <remarks>
/// Per unit of time the explicit pair costs at best 6ρ/3.3 evaluations once stability limits it, the stabilized method s/h with
/// s ≈ √(1.54 hρ), where h follows from an error estimate that any step gives for free. The solver changes when the other method is
/// the cheaper one several steps in a row. Leaving the pair as soon as stability limits it, without asking what the other method
/// could do, made it change back and forth hundreds of times at tolerances below 1e-7.
/// </remarks>
public sealed class AdaptiveSolver
{
    private const int EstimateEvery = 25;
    private const int Patience = 4;
    private const double ChangeGain = 0.6;
    private const double PairEvaluations = 6;

    private const double MostSteps = 1e9; // more steps than that no integration takes: a field so stiff never arrives

    private readonly IVectorField _field;
    private readonly OdeTolerance _tolerance;
    private readonly OdeMethod? _forced;
    private readonly DormandPrince _pair;
    private readonly RungeKuttaChebyshev _chebyshev;
    private readonly double[] _derivative;
    private readonly double[] _next;
    private readonly double[] _nextDerivative;
    private readonly double[] _error;
    private readonly double[] _start;
    private readonly double[] _startDerivative;
    private readonly double[]? _sizes;   // at the start of a step, with which errors are compared
    private OdeMethod _stepMethod;

    /// <param name="field">f.</param>
    /// <param name="state">Where to start, or to go on.</param>
    /// <param name="tolerance">Error allowed per step.</param>
    /// <param name="method">Forces one integrator; null chooses.</param>
    public AdaptiveSolver(IVectorField field, OdeState state, OdeTolerance tolerance, OdeMethod? method = null)
    {
        _field = field;
        _tolerance = tolerance;
        _forced = method;
        State = state;
        int n = field.Size;
        _pair = new DormandPrince(n);
        _chebyshev = new RungeKuttaChebyshev(n);
        _derivative = new double[n];
        _next = new double[n];
        _nextDerivative = new double[n];
        _error = new double[n];
        _start = new double[n];
        _startDerivative = new double[n];
        Value = field.Evaluate(state.Y, _derivative);
        if (field is ISizedField sized)
            sized.Sizes(state.Y, _sizes = new double[n]);
        if (method is { } forced)
            state.Method = forced;
        if (state.StepSize == 0)
            state.StepSize = FirstStep();
    }

    /// <summary>Where the integration stands.</summary>
    public OdeState State { get; }

    /// <summary>What the field returned at the current point: the loss of a gradient flow.</summary>
    public double Value { get; private set; }

    /// <summary>Where the last accepted step began.</summary>
    public double StepStart { get; private set; }

    /// <summary>Takes one accepted step that does not pass <paramref name="until"/>.</summary>
    /// <exception cref="DivergedException">The step size fell to nothing: the solution or the field is not finite.</exception>
    public void Step(double until)
    {
        while (true)
        {
            if (State.EstimateAge is < 0 or >= EstimateEvery)
                EstimateSpectralRadius();

            OdeMethod method = State.Method;
            double limit = method == OdeMethod.DormandPrince
                ? DormandPrince.StabilityLimit / State.SpectralRadius
                : RungeKuttaChebyshev.LargestStep(State.SpectralRadius);
            double wanted = Min(State.StepSize, limit), left = until - State.Time;
            double h = Min(wanted, left);
            if (!(h > 1e-14 * State.Time || h >= left))
            {
                throw new DivergedException(
                    State.Steps, Value,
                    $"The integration stopped at time {State.Time:G6}: the step size fell to {DivergedException.Text(h)}. "
                        + $"The loss there is {DivergedException.Text(Value)}.");
            }

            if (double.IsFinite(left) && left > MostSteps * RungeKuttaChebyshev.LargestStep(State.SpectralRadius))
            {
                throw new DivergedException(
                    State.Steps, Value, $"Training diverged: at time {State.Time:G6} its equations are so stiff that it would take "
                        + $"{left / RungeKuttaChebyshev.LargestStep(State.SpectralRadius):G3} steps or more to time {until:G6}.");
            }

            int stages = RungeKuttaChebyshev.StagesFor(h, State.SpectralRadius);
            double value = method == OdeMethod.DormandPrince
                ? _pair.Step(_field, State.Y, _derivative, h, _next, _nextDerivative, _error)
                : _chebyshev.Step(_field, State.Y, _derivative, h, stages, _next, _nextDerivative, _error);
            State.Evaluations += method == OdeMethod.DormandPrince ? 6 : stages;
            int order = method == OdeMethod.DormandPrince ? DormandPrince.Order : RungeKuttaChebyshev.Order + 1;
            double error = ErrorNorm();
            if (!(error <= 1) || !double.IsFinite(value))
            {
                State.Rejections++;
                State.StepSize = h * StepController.AfterRejection(double.IsFinite(value) ? error : double.PositiveInfinity, order);
                State.EstimateAge = State.EstimateAge > 0 ? -1 : State.EstimateAge; // a rejection may mean that the radius has grown
                continue;
            }

            Accept(h < left ? State.Time + h : until, value, method);
            if (h < wanted)
                return; // a step cut short says nothing about the size that accuracy affords

            State.StepSize = h * StepController.AfterAcceptance(error, State.LastError, State.EarlierError, order);
            (State.LastError, State.EarlierError) = (error, State.LastError);
            if (_forced is null)
                ChooseMethod(h, stages);
            return;
        }
    }

    /// <summary>The solution inside the last accepted step.</summary>
    /// <param name="time">Between <see cref="StepStart"/> and the current time.</param>
    /// <param name="destination">Receives y(time).</param>
    public void Interpolate(double time, Span<double> destination)
    {
        double h = State.Time - StepStart, θ = (time - StepStart) / h;
        if (_stepMethod == OdeMethod.DormandPrince)
            _pair.Interpolate(_start, h, θ, destination);
        else
            RungeKuttaChebyshev.Interpolate(_start, _startDerivative, State.Y, _derivative, h, θ, destination);
    }

    private void Accept(double time, double value, OdeMethod method)
    {
        State.Y.CopyTo(_start, 0);
        _derivative.CopyTo(_startDerivative, 0);
        _next.CopyTo(State.Y, 0);
        _nextDerivative.CopyTo(_derivative, 0);
        StepStart = State.Time;
        State.Time = time;
        State.Steps++;
        State.EstimateAge++;
        (_field as ISizedField)?.Sizes(State.Y, _sizes);
        Value = value;
        _stepMethod = method;
    }

    private void ChooseMethod(double h, int stages)
    {
        double ρ = State.SpectralRadius, size = h;
        bool otherIsCheaper;
        if (State.Method == OdeMethod.DormandPrince)
        {
            RungeKuttaChebyshev.EstimateError(_start, _startDerivative, State.Y, _derivative, h, _error);
            size = h * StepController.Alone(ErrorNorm(), RungeKuttaChebyshev.Order + 1);
            double pairCost = PairEvaluations / Min(State.StepSize, DormandPrince.StabilityLimit / ρ);
            otherIsCheaper = RungeKuttaChebyshev.StagesFor(size, ρ) / size < ChangeGain * pairCost;
        }
        else
        {
            otherIsCheaper = PairEvaluations * ρ / DormandPrince.StabilityLimit < stages / h;
        }

        State.CheaperElsewhere = otherIsCheaper ? State.CheaperElsewhere + 1 : 0;
        if (State.CheaperElsewhere < Patience)
            return;
        State.Method = State.Method == OdeMethod.DormandPrince ? OdeMethod.Chebyshev : OdeMethod.DormandPrince;
        State.StepSize = size;
        State.CheaperElsewhere = 0;
        (State.LastError, State.EarlierError) = (1, 1);
    }

    /// <summary>
    /// The worst unknown counts. A root mean square would let one growing head among 64 err 50 times more: it put the last of 64 drops
    /// 0.35 % off at tolerance 1e-6, where the maximum is 0.0014 % off, for no fewer evaluations at equal accuracy.
    /// </summary>
    private double ErrorNorm() => _sizes is null
        ? ScaledMaximum(_error, State.Y, _next, _tolerance.Absolute, _tolerance.Relative)
        : ScaledMaximum(_error, _sizes, _sizes, _tolerance.Absolute, _tolerance.Relative);

    /// <summary>A hundredth of the time in which the unknowns would change by their own size (Hairer, Nørsett, Wanner, §II.4).</summary>
    private double FirstStep()
    {
        double size = 0, speed = 0;
        for (int i = 0; i < _derivative.Length; i++)
        {
            double scale = _tolerance.Absolute + _tolerance.Relative * Abs((_sizes ?? State.Y)[i]);
            size += State.Y[i] / scale * (State.Y[i] / scale);
            speed += _derivative[i] / scale * (_derivative[i] / scale);
        }

        return size > 0 && speed > 0 ? 0.01 * Sqrt(size / speed) : 1e-3;
    }

    /// <summary>
    /// Power iteration on finite differences of f, from the last eigenvector: a gradient flow's Jacobian is symmetric, so the estimate
    /// rises to the radius from below; a tenth is added, and what that misses shows as a rejected step, which asks for a new estimate.
    /// </summary>
    private void EstimateSpectralRadius()
    {
        const int iterations = 20;
        double[] y = State.Y, direction = State.Eigenvector, shifted = _next, derivative = _nextDerivative;
        if (!direction.AsSpan().ContainsAnyExcept(0.0))
            new RandomStream(0, RandomPurpose.Probe).FillNormal(direction);
        double size = Sqrt(SumOfSquares(y)), δ = 1e-7 * (size > 0 ? size : 1);
        double radius = 0;
        for (int i = 0; i < iterations; i++)
        {
            double norm = Sqrt(SumOfSquares(direction));
            if (!(norm > 0))
                break;
            y.CopyTo(shifted, 0);
            AddScaled(δ / norm, direction, shifted);
            _field.Evaluate(shifted, derivative);
            State.Evaluations++;
            LinearCombination.Of(1 / δ, derivative, -1 / δ, _derivative, 0, y, 0, y, 0, y, direction);
            double estimate = Sqrt(SumOfSquares(direction));
            bool converged = Abs(estimate - radius) <= 0.03 * estimate;
            radius = estimate;
            if (converged)
                break;
        }

        State.SpectralRadius = Max(1.1 * radius, 1e-12);
        State.EstimateAge = 0;
    }
}
