using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>
/// Descents on the moments of one data set, side by side: the products with the moments, most of the work, are one product of matrices.
/// </summary>
/// <remarks>Each descent gets the bits that it gets alone, whichever others there are; they need not be at the same step.</remarks>
public sealed class JointDescent
{
    private readonly QuadraticLoss _loss;
    private double[] _maps = [];
    private double[] _gradients = [];
    private double[] _values = [];
    private Descent<double>[] _open = [];

    private JointDescent(QuadraticLoss loss) => _loss = loss;

    /// <summary>What evaluates them together; null where that is not less work than one by one.</summary>
    public static JointDescent? Of(IReadOnlyList<Descent<double>> descents) =>
        descents.Count > 1 && Shared(descents[0]) is { } loss && descents.All(descent => Shared(descent) == loss) ? new(loss) : null;

    /// <summary>Finds loss and gradient of all, so that each one's own <see cref="Descent{T}.Evaluate"/> has them already.</summary>
    /// <param name="descents">Some of those that it was made of.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Evaluate(IReadOnlyList<Descent<double>> descents)
    {
        int n = AttentionMap.Length(_loss.InputDimension), count = 0;
        if (_open.Length < descents.Count)
        {
            _open = new Descent<double>[descents.Count];
            _maps = new double[descents.Count * n];
            _gradients = new double[descents.Count * n];
            _values = new double[descents.Count];
        }

        for (int i = 0; i < descents.Count; i++)
        {
            if (descents[i].IsEvaluated)
                continue;
            ((Objective)descents[i].Objective).Map(descents[i].State.Weights).CopyTo(_maps.AsSpan(count * n, n));
            _open[count++] = descents[i];
        }

        Span<double> gradients = _gradients.AsSpan(0, count * n);
        _loss.Evaluate(_maps.AsSpan(0, count * n), gradients, _values.AsSpan(0, count));
        for (int i = 0; i < count; i++)
        {
            Descent<double> descent = _open[i];
            ((Objective)descent.Objective).Model.PullBack(descent.State.Weights, gradients.Slice(i * n, n), descent.GradientToFill);
            descent.Take(_values[i]);
        }
    }

    /// <summary>The moments that an objective on all weights lowers; null where it lowers something else.</summary>
    private static QuadraticLoss? Shared(Descent<double> descent) => (descent.Objective as Objective)?.Loss as QuadraticLoss;
}
