namespace Staircase.Tests;

/// <summary>
/// The function that a map stands for, from its definition: ŷ = Σ_c (Σ_b M_bc G_bD + π_c G_DD + Σ_{a≤b} P_ab,c G_ab) x_q[c].
/// </summary>
internal static class NaiveMap
{
    /// <param name="map">A whole map or its in-context part.</param>
    /// <param name="G">s·X Xᵀ, (D+1)×(D+1), row by row.</param>
    /// <param name="query">x_q.</param>
    public static double Predict(double[] map, double[] G, double[] query)
    {
        int D = query.Length, width = D + 1, i = 0;
        double prediction = 0;
        for (int b = 0; b < D; b++)
            Add(b, D);
        if (map.Length == D * D)
            return prediction;
        Add(D, D);
        for (int a = 0; a < D; a++)
        {
            for (int b = a; b < D; b++)
                Add(a, b);
        }

        return prediction;

        void Add(int a, int b)
        {
            double row = 0;
            for (int c = 0; c < D; c++)
                row += map[i++] * query[c];
            prediction += row * G[a * width + b];
        }
    }

    /// <summary>The same function of inputs x = E z: every input index is multiplied by E, one after the other.</summary>
    public static double[] Rotate(double[] map, double[,] E)
    {
        int D = E.GetLength(0), square = D * D;
        var rotated = new double[map.Length];
        for (int a = 0; a < D; a++)
        {
            for (int b = 0; b < D; b++)
            {
                for (int i = 0; i < D; i++)
                {
                    for (int j = 0; j < D; j++)
                        rotated[a * D + b] += E[a, i] * E[b, j] * map[i * D + j];
                }
            }
        }

        if (map.Length == square)
            return rotated;
        for (int a = 0; a < D; a++)
        {
            for (int i = 0; i < D; i++)
                rotated[square + a] += E[a, i] * map[square + i];
        }

        // P as a full D×D×D tensor, symmetric in the first two indices: off-diagonal coefficients are halved between their two orders.
        int row = square + D;
        var tensor = new double[D, D, D];
        for (int a = 0; a < D; a++)
        {
            for (int b = a; b < D; b++)
            {
                for (int c = 0; c < D; c++, row++)
                    tensor[a, b, c] = tensor[b, a, c] = a == b ? map[row] : map[row] / 2;
            }
        }

        row = square + D;
        for (int a = 0; a < D; a++)
        {
            for (int b = a; b < D; b++)
            {
                for (int c = 0; c < D; c++, row++)
                {
                    for (int ijk = 0; ijk < D * D * D; ijk++)
                    {
                        int i = ijk / square, j = ijk / D % D, k = ijk % D;
                        rotated[row] += (a == b ? 1 : 2) * E[a, i] * E[b, j] * E[c, k] * tensor[i, j, k];
                    }
                }
            }
        }

        return rotated;
    }
}
