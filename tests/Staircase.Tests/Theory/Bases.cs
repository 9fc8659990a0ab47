namespace Staircase.Tests;

/// <summary>Weights of the same function in another basis.</summary>
internal static class Bases
{
    /// <summary>The weights that compute on E x what the given ones compute on x.</summary>
    public static double[] Rotate(AttentionModel model, double[] weights, double[,] basis)
    {
        int D = model.InputDimension;
        var transposed = new double[D, D];
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
                transposed[i, j] = basis[j, i];
        }

        return model.Layout.ToEigenbasis(weights, transposed);
    }
}
