using Staircase.Transformers;

namespace Staircase.Lab;

/// <summary>A network, how it is trained, and what is measured on the way: what a <see cref="NetworkTrainer"/> needs of a kind of experiment.</summary>
public interface INetworkCourse
{
    /// <summary>What is trained.</summary>
    INetwork<float> Network { get; }

    /// <summary>How.</summary>
    IOptimizer Optimizer { get; }

    /// <summary>The columns of the table after step, time and loss.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>What checkpoints say of the model to other programs, such as its sizes.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The weights that training starts from.</summary>
    float[] InitialWeights();

    /// <summary>Measures the weights before the update of a step. Depends on nothing else, so that a continued run records the same.</summary>
    /// <returns>The loss, then as many numbers as there are <see cref="Columns"/>.</returns>
    double[] Measure(long step, ReadOnlySpan<float> weights);

    /// <summary>Whether the recorded points end within a transition, of which more checkpoints are kept. Depends on the points alone.</summary>
    bool IsChanging(IReadOnlyList<TrajectoryPoint> points);
}
