using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>Temporary.</summary>
public static class CurvatureTemp
{
    /// <summary>Temporary.</summary>
    public static double LargestStableRate(Objective objective, ModeMoments moments)
    {
        AttentionModel Model = objective.Model;
        int D = Model.InputDimension;
        double[] atMinimum;
        if (Model is SeparateAttention separate)
        {
            atMinimum = SeparateFixedPoints.Construct(separate, moments, [.. moments.Order.Take(Math.Min(D, separate.Heads * separate.Rank))]);
        }
        else
        {
            atMinimum = new double[Model.Layout.Count];
            double v = Math.Sqrt(Math.Sqrt(Enumerable.Range(0, D).Sum(d => Math.Pow(moments.FullStrength(d), 2))));
            atMinimum[0] = v;
            for (int d = 0; d < D; d++)
                atMinimum[Model.Heads + d * (D + 1)] = moments.FullStrength(d) / v;
        }

        double[,]? back = moments.Basis is { } E ? Matrix<double>.Build.DenseOfArray(E).Transpose().ToArray() : null;
        double[] weights = Model.Layout.ToEigenbasis(atMinimum, back);
        return 2 / Curvature.LargestEigenvalue(objective, weights.AsSpan(0, objective.MovingCount(weights)));
    }
}
