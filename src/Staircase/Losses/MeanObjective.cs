namespace Staircase;

/// <summary>The mean of several objectives of one model, as of contexts of several lengths.</summary>
/// <remarks>An object owns its scratch memory and serves one thread.</remarks>
public sealed class MeanObjective : IInContextObjective
{
    private readonly IInContextObjective[] _parts;
    private double[] _gradient = [];

    /// <param name="parts">At least one, all with the same parameters.</param>
    /// <exception cref="ArgumentException">There is none, or their parameters differ.</exception>
    public MeanObjective(IEnumerable<IInContextObjective> parts)
    {
        _parts = [.. parts];
        if (_parts.Length == 0 || _parts.Any(part => part.Layout.Count != _parts[0].Layout.Count))
            throw new ArgumentException("A mean needs objectives of one model, at least one.");
    }

    /// <inheritdoc/>
    public ParameterLayout Layout => _parts[0].Layout;

    /// <inheritdoc/>
    public ReadOnlySpan<double> LastInContextMatrix => _parts[0].LastInContextMatrix;

    /// <inheritdoc/>
    public void Draw(long step)
    {
        foreach (IInContextObjective part in _parts)
            part.Draw(step);
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        if (_gradient.Length != gradient.Length)
            _gradient = new double[gradient.Length];
        double loss = 0;
        gradient.Clear();
        foreach (IInContextObjective part in _parts)
        {
            loss += part.Evaluate(weights, _gradient) / _parts.Length;
            AddScaled(1.0 / _parts.Length, _gradient, gradient);
        }

        return loss;
    }

    /// <inheritdoc/>
    public int MovingCount(ReadOnlySpan<double> weights)
    {
        int most = 0;
        foreach (IInContextObjective part in _parts)
            most = Max(most, part.MovingCount(weights));
        return most;
    }
}
