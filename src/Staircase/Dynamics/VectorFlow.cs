namespace Staircase;

/// <summary>Follows dW/dt = −ηP ∂L/∂W through given times.</summary>
internal static class VectorFlow
{
    /// <summary>A loss with its gradient, as <see cref="VectorLoss.Evaluate"/>.</summary>
    public delegate double Loss(ReadOnlySpan<double> weights, Span<double> gradient);

    /// <summary>The solution at each time; the solver ends a step there, so that nothing is interpolated.</summary>
    /// <exception cref="ArgumentException">The rate is not positive, or the times do not ascend from 0 or later.</exception>
    public static IReadOnlyList<VectorPoint> Solve(
        Loss loss, ReadOnlySpan<double> start, double epochRate, IReadOnlyList<double> times, VectorFlowOptions options, Func<double, double, double[], VectorPoint> point)
    {
        Require(epochRate, times);
        double largest = 0;
        foreach (double weight in start)
        {
            if (!double.IsFinite(weight))
                throw new ArgumentException($"The initial weights must be finite; one is {weight:R}.");
            largest = Math.Max(largest, Math.Abs(weight));
        }

        double absolute = options.RelativeTolerance * options.AbsoluteFraction * (largest > 0 ? largest : 1);
        var solver = new AdaptiveSolver(new Field(loss, start.Length, epochRate), OdeState.At(start), new OdeTolerance(options.RelativeTolerance, absolute));
        var points = new List<VectorPoint>(times.Count);
        foreach (double time in times)
        {
            while (solver.State.Time < time)
            {
                options.Cancellation.ThrowIfCancellationRequested();
                solver.Step(time);
            }

            points.Add(point(time, solver.Value, solver.State.Y));
        }

        return points;
    }

    /// <summary>Checks what every solver takes.</summary>
    public static void Require(double epochRate, IReadOnlyList<double> times)
    {
        if (!double.IsFinite(epochRate) || epochRate <= 0)
            throw new ArgumentException($"The learning rate of an epoch, ηP, must be positive and finite, not {epochRate:R}.");
        double last = 0;
        foreach (double time in times)
        {
            if (!double.IsFinite(time) || time < last)
                throw new ArgumentException($"Times must ascend from 0; found {time:R} after {last:R}.");
            last = time;
        }
    }

    private sealed class Field(Loss loss, int size, double epochRate) : IVectorField
    {
        public int Size => size;

        public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
        {
            double value = loss(y, derivative);
            Kernels.VectorKernels.Scale(-epochRate, derivative, derivative);
            return value;
        }
    }
}
