namespace Staircase;

/// <summary>Which head of separate attention holds which principal component, read off its weights.</summary>
public static class HeadStrengths
{
    /// <summary>What every head contributes to the strength of every component, e_dᵀ M_h e_d; summed over heads they are m_d.</summary>
    /// <param name="model">Separate attention.</param>
    /// <param name="weights">A whole weight vector, token basis.</param>
    /// <param name="basis">Columns are the components; null is the identity.</param>
    /// <returns>[H][D].</returns>
    public static double[][] Of(SeparateAttention model, ReadOnlySpan<double> weights, double[,]? basis)
    {
        double[] rotated = model.Layout.ToEigenbasis(weights, basis);
        return
        [
            .. Range(0, model.Heads).Select(h =>
            {
                SeparateHead head = model.Head(rotated, h);
                var strengths = new double[model.InputDimension];
                for (int d = 0; d < strengths.Length; d++)
                    strengths[d] = head.Strength(d);
                return strengths;
            }),
        ];
    }

    /// <summary>The head that contributes most to a component, and its share of what all contribute.</summary>
    /// <param name="strengths">As <see cref="Of"/> gives them.</param>
    /// <param name="component">d, from 0.</param>
    /// <returns>The head, from 0, and its share: near 1 where one head holds the component alone.</returns>
    public static (int Head, double Share) Holder(double[][] strengths, int component)
    {
        int best = 0;
        double total = 0;
        for (int h = 0; h < strengths.Length; h++)
        {
            total += Abs(strengths[h][component]);
            if (strengths[h][component] > strengths[best][component])
                best = h;
        }

        return (best, total > 0 ? strengths[best][component] / total : 0);
    }
}
