namespace Staircase.Lab;

/// <summary>The measures of one circuit or matrix at one step; NaN where there is nothing to measure.</summary>
public sealed class CircuitMeasures
{
    private readonly double[] _values;

    /// <param name="circuit">What to measure; null where its values are not finite.</param>
    internal CircuitMeasures(CircuitInTime? circuit) =>
        _values = [.. CircuitMeasure.All.Select(measure => circuit is null ? double.NaN : measure.Of(circuit))];

    private CircuitMeasures(double[] values) => _values = values;

    /// <summary>One of them.</summary>
    public double this[CircuitMeasure measure] => _values[measure.Index];

    /// <summary>The same without one of them.</summary>
    internal CircuitMeasures Without(CircuitMeasure measure) =>
        new([.. _values.Select((value, i) => i == measure.Index ? double.NaN : value)]);
}
