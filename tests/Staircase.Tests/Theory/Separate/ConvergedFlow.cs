using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Staircase.Tests;

/// <summary>
/// What the exact flow of the whole model shows, integrated at a tight tolerance: when each direction has lost half of its loss, and by
/// which
/// head. Directions are eigenvalues of the learned map relative to the full strengths, from a full decomposition.
/// </summary>
internal static class ConvergedFlow
{
    private static readonly double Half = 1 - Math.Sqrt(0.5); // the root of 2x − x² = ½

    /// <param name="Time">When half of the loss between two given heights is gone.</param>
    /// <param name="Head">Who.</param>
    /// <param name="Loss">The loss then.</param>
    public sealed record Drop(double Time, int Head, double Loss);

    /// <summary>The drops up to a time, and the losses at given times.</summary>
    /// <param name="levels">For each drop the loss half-way through it.</param>
    public static (List<Drop> Drops, List<double> Losses) Solve(
        SeparateAttention model, IAttentionLoss loss, ModeMoments moments, double[] weights, double until, double[] times,
        double[] levels, double tolerance)
    {
        var objective = new Objective(model, loss);
        var flow = new GradientFlow(objective, weights, new FlowOptions { RelativeTolerance = tolerance });
        List<Drop> drops = [];
        List<double> losses = [], halves = [];
        while (flow.State.Time < until)
        {
            double start = flow.State.Time, next = losses.Count < times.Length ? times[losses.Count] : until;
            flow.Advance(Math.Min(until, next));
            if (flow.State.Time >= next && losses.Count < times.Length)
                losses.Add(flow.Loss);
            while (halves.Count < levels.Length && flow.Loss < levels[halves.Count])
            {
                double low = start, high = flow.State.Time;
                for (int i = 0; i < 40; i++)
                {
                    double middle = (low + high) / 2;
                    (low, high) = objective.Evaluate(flow.WeightsAt(middle)) < levels[halves.Count] ? (low, middle) : (middle, high);
                }

                halves.Add(high);
            }

            int learned = Learned(flow.Weights);
            while (drops.Count < learned)
            {
                double low = start, high = flow.State.Time;
                for (int i = 0; i < 40; i++)
                {
                    double middle = (low + high) / 2;
                    (low, high) = Learned(flow.WeightsAt(middle)) > drops.Count ? (low, middle) : (middle, high);
                }

                double[] at = flow.WeightsAt(high);
                Evd<double> eigen = Eigen(model.InContextMatrix(at));
                Vector<double> u = eigen.EigenVectors.Column(
                    Enumerable.Range(0, moments.Count).MinBy(i => Math.Abs(eigen.EigenValues[i].Real - Half)));
                int head = Enumerable.Range(0, model.Heads).MaxBy(h => u.DotProduct(Relative(HeadMap(at, h)) * u));
                drops.Add(new(high, head, flow.Loss));
            }
        }

        return ([.. drops.Select((drop, i) => drop with { Time = i < halves.Count ? halves[i] : double.PositiveInfinity })], losses);

        int Learned(double[] w) => Eigen(model.InContextMatrix(w)).EigenValues.Count(z => z.Real > Half);
        Evd<double> Eigen(double[] M) => Relative(M).Evd(Symmetricity.Symmetric);
        double[] HeadMap(double[] w, int head)
        {
            double[] alone = new double[w.Length];
            for (int block = 0; block < model.Layout.Blocks.Count; block++)
                model.Part(w, block, head).CopyTo(model.Part(alone, block, head));
            return model.InContextMatrix(alone);
        }

        Matrix<double> Relative(double[] M)
        {
            int D = moments.Count;
            var E = moments.Basis is { } basis ? Matrix<double>.Build.DenseOfArray(basis) : Matrix<double>.Build.DenseIdentity(D);
            var own = E.TransposeThisAndMultiply(Matrix<double>.Build.Dense(D, D, (i, j) => M[i * D + j]) * E);
            return Matrix<double>.Build.Dense(
                D, D, (i, j) => (own[i, j] + own[j, i]) / 2 / Math.Sqrt(moments.FullStrength(i) * moments.FullStrength(j)));
        }
    }
}
