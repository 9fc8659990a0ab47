namespace Staircase;

/// <summary>One head in the <see cref="HeadRace"/>.</summary>
internal abstract class Racer
{
    /// <summary>Strength, relative to full, at which half of a component's loss is gone: 2x − x² = ½.</summary>
    protected static readonly double HalfStrength = 1 - Math.Sqrt(0.5);

    /// <summary>Entries of a strength table.</summary>
    protected const int TableSize = 400;

    /// <summary>How this head would learn next; null if it never will.</summary>
    public abstract Finish? NextFinish(IReadOnlyList<int> unlearned);

    /// <summary>Moves the head forward by a time during which the given modes were unlearned; the winner also takes its component.</summary>
    public abstract void Advance(double time, IReadOnlyList<int> unlearned, Finish winner);

    /// <summary>A head of a model, in closed form if its other blocks are zero.</summary>
    /// <param name="head">Its number.</param>
    /// <param name="model">The model.</param>
    /// <param name="weights">Weights in the eigenbasis.</param>
    /// <param name="moments">The modes.</param>
    public static Racer Of(int head, SeparateAttention model, ReadOnlySpan<double> weights, ModeMoments moments)
    {
        int D = model.InputDimension, R = model.Rank, pairs = R * D;
        double value = model.Layout.Slice(weights, "value")[head];
        ReadOnlySpan<double> key = model.Layout.Slice(weights, "key").Slice(head * pairs, pairs), query = model.Layout.Slice(weights, "query").Slice(head * pairs, pairs);
        ReadOnlySpan<double> valueInput = model.Layout.Slice(weights, "value_input").Slice(head * D, D), keyLabel = model.Layout.Slice(weights, "key_label").Slice(head * R, R);
        return valueInput.ContainsAnyExcept(0.0) || keyLabel.ContainsAnyExcept(0.0)
            ? new BlockRacer(head, value, valueInput, key, keyLabel, query, moments)
            : new ClockRacer(head, value, key, query, moments);
    }

    /// <summary>The course of a head that escapes onto one component at a known moment.</summary>
    protected static Finish Escape(int head, int mode, HeadGrowth growth, double escape, ModeMoments moments, int sign, double clock, double margin)
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
        return new(head, mode, escape + growth.TimeFromEscape(half), escape + growth.SwitchOff, 1 / (moments.Drive[mode] * growth.FullValue),
            times, strengths, sign, clock, margin);
    }
}
