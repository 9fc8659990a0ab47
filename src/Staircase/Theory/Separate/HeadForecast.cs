namespace Staircase;

/// <summary>The forecast of one head in the <see cref="HeadRace"/>: how it escapes next while the others do not see it.</summary>
internal abstract class HeadForecast
{
    /// <summary>Strength, relative to full, at which half of a component's loss is gone: 2x − x² = ½.</summary>
    protected static readonly double HalfStrength = 1 - Math.Sqrt(0.5);

    /// <summary>Entries of a strength table.</summary>
    protected const int TableSize = 400;

    /// <summary>How this head would learn next; null if it never will, or only after it has raced longer than a limit.</summary>
    public abstract HeadEscape? NextEscape(IReadOnlyList<int> unlearned, double limit);

    /// <summary>
    /// Moves the head forward by a time during which the given modes were unlearned; the winner also takes its component.
    /// </summary>
    public abstract void Advance(double time, IReadOnlyList<int> unlearned, HeadEscape winner);

    /// <summary>A head of a model, in closed form if its other blocks are zero.</summary>
    /// <param name="head">Its number.</param>
    /// <param name="model">The model.</param>
    /// <param name="weights">Weights in the eigenbasis.</param>
    /// <param name="moments">The modes.</param>
    public static HeadForecast Of(int head, SeparateAttention model, double[] weights, ModeMoments moments)
    {
        var alone = new SeparateAttention(model.InputDimension, 1, model.Rank);
        var own = new double[alone.Layout.Count];
        for (int block = 0; block < alone.Layout.Blocks.Count; block++)
            model.Part(weights, block, head).CopyTo(alone.Part(own, block, 0));
        return !moments.DrivesWholeMap && alone.Layout.HasZeroBlocks(own)
            ? new ClockForecast(head, alone.Head(own, 0), moments)
            : new BlockForecast(head, alone, own, moments);
    }

    /// <summary>The course of a head that escapes onto one component at a known moment.</summary>
    protected static HeadEscape Escape(
        int head, int mode, HeadGrowth growth, double escape, ModeMoments moments, int sign, double clock, double margin)
    {
        // In y = ln(u/(1−u)), from a ten-thousandth of the strength to a part in 10⁹ below it.
        double[] times = new double[TableSize], strengths = new double[TableSize];
        for (int i = 0; i < TableSize; i++)
        {
            double y = -3 + 24.0 * i / (TableSize - 1), v = growth.FullValue / (1 + Math.Exp(-y));
            times[i] = escape + growth.TimeFromEscape(v);
            strengths[i] = v * v * v;
        }

        double half = growth.FullValue * Math.Cbrt(HalfStrength);
        return new(
            head, mode, escape + growth.TimeFromEscape(half), escape + growth.SwitchOff, 1 / (moments.Drive[mode] * growth.FullValue),
            times, strengths, sign, clock, margin);
    }
}
