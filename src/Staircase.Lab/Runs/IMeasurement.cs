using System.Numerics;

namespace Staircase.Lab;

/// <summary>What a kind of experiment measures along a training.</summary>
/// <typeparam name="T">The precision of the weights.</typeparam>
public interface IMeasurement<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What a row measures; the first is the loss.</summary>
    IReadOnlyList<Column> Columns { get; }

    /// <summary>Measures weights.</summary>
    /// <param name="weights">The weights, or the prefix of them that moves.</param>
    /// <param name="loss">The loss that training sees there, on the batch of the step; evaluated only if it is asked for.</param>
    /// <param name="row">Receives a number a column.</param>
    void Measure(ReadOnlySpan<T> weights, Func<double> loss, Span<double> row);

    /// <summary>Whether training is within a transition, where checkpoints are kept more densely.</summary>
    bool IsChanging(Trajectory soFar) => false;
}
