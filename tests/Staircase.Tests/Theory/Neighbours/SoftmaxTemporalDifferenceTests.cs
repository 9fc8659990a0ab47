namespace Staircase.Tests;

public class SoftmaxTemporalDifferenceTests
{
    private const double Rounding = 1e-12;

    private static readonly double[,] P = { { 0.2, 0.8 }, { 0.5, 0.5 } };
    private static readonly double[] Rewards = [1, -2];

    /// <summary>Two states by hand: μ = (5, 8)/13, v = r + γPv.</summary>
    [Fact]
    public void Two_states_by_hand()
    {
        var chain = new SoftmaxTemporalDifference(P, Rewards, 0.9, Math.Log(3));
        Expect.Relative("μ", [5.0 / 13, 8.0 / 13], chain.Stationary, Rounding);
        double[] v = chain.Values;
        Expect.Relative("v0", 1 + 0.9 * (0.2 * v[0] + 0.8 * v[1]), v[0], Rounding, scale: 1);
        Expect.Relative("v1", -2 + 0.9 * (0.5 * v[0] + 0.5 * v[1]), v[1], Rounding, scale: 1);
        double[,] M = chain.Attention();
        Expect.Relative("M00", 15.0 / 23, M[0, 0], Rounding);
        Expect.Relative("M10", 5.0 / 29, M[1, 0], Rounding);
    }

    /// <summary>At the smallest sharpness the margin is zero.</summary>
    [Fact]
    public void The_condition_begins_where_it_says()
    {
        double ζ = new SoftmaxTemporalDifference(P, Rewards, 0.8, 0).SmallestSharpness();
        Expect.Relative("margin", 0, new SoftmaxTemporalDifference(P, Rewards, 0.8, ζ).Margin(), Rounding, scale: 1);
        Assert.True(new SoftmaxTemporalDifference(P, Rewards, 0.8, ζ + 0.1).Margin() > 0);
    }

    /// <summary>ζ → ∞ is tabular TD, whose end on a trajectory is the value of the chain that the counts describe.</summary>
    [Fact]
    public void Sharp_attention_ends_at_the_values_of_the_counted_chain()
    {
        int[] states = [0, 1, 0, 0, 1, 1, 0, 1, 0];
        double[] gains = [1, 2, -1, 0.5, 3, 1, 1, -2];
        double[] v = new SoftmaxTemporalDifference(P, Rewards, 0.5, 50).Forward(states, gains, 200)[^1];

        // From 0: to 1, 0, 1, 1 with gains 1, −1, .5, 1; from 1: to 0, 1, 0, 0 with gains 2, 3, 1, −2.
        double[] r = [(1 - 1 + 0.5 + 1) / 4, (2 + 3 + 1 - 2) / 4.0];
        Expect.Relative("v0", r[0] + 0.5 * (0.25 * v[0] + 0.75 * v[1]), v[0], 1e-10, scale: 1);
        Expect.Relative("v1", r[1] + 0.5 * (0.75 * v[0] + 0.25 * v[1]), v[1], 1e-10, scale: 1);
    }
}
