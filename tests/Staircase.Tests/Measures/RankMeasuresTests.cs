using FsCheck;
using FsCheck.Fluent;

namespace Staircase.Tests.Measures;

/// <summary>Effective rank, stable rank and participation ratio.</summary>
public class RankMeasuresTests
{
    /// <summary>A decomposition and sums of at most a dozen numbers.</summary>
    private const double Rounding = 1e-12;

    [Fact]
    public void Values_by_hand()
    {
        // π = (1/2, 1/4, 1/4): entropy (3/2) ln 2. Σσ² = 6, Σσ⁴ = 18.
        double[] σ = [2, 1, 1];

        Expect.Relative("effective rank", Math.Pow(2, 1.5), EffectiveRank.Of(σ), Rounding);
        Expect.Relative("normalized", 1.5 * Math.Log(2) / Math.Log(3), EffectiveRank.Normalized(σ), Rounding);
        Expect.Relative("stable rank", 1.5, StableRank.Of(σ), Rounding);
        Expect.Relative("participation ratio", 2, ParticipationRatio.Of(σ), Rounding);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void The_identity_has_rank_n_and_a_dyad_rank_one_by_every_measure(int n)
    {
        FactoredMatrix identity = FactoredMatrix.Dense(Matrices.Diagonal([.. Enumerable.Repeat(3.0, n)]));
        FactoredMatrix dyad = FactoredMatrix.Product(Matrices.Random(n, 1, 1), Matrices.Random(1, n, 2));

        foreach ((string name, Func<FactoredMatrix, double> measure) in ((string, Func<FactoredMatrix, double>)[])
            [("effective rank", EffectiveRank.Of), ("stable rank", StableRank.Of), ("participation ratio", ParticipationRatio.Of)])
        {
            Expect.Relative($"{name} of the identity", n, measure(identity), Rounding);
            Expect.Relative($"{name} of a dyad", 1, measure(dyad), Rounding);
        }

        double[] one = [1, .. Enumerable.Repeat(0.0, n)];
        Expect.Relative("normalized effective rank of a dyad, zeros counted", 0, EffectiveRank.Normalized(one), Rounding, scale: 1);
        if (n > 1)
            Expect.Relative("normalized effective rank of the identity", 1, EffectiveRank.Normalized(identity), Rounding);
    }

    /// <summary>
    /// 1 ≤ srank ≤ PR ≤ erank ≤ n: Σσ⁴ ≤ σ₁²Σσ²; the collision entropy of σ² is below its Shannon entropy, and that below the entropy of σ.
    /// </summary>
    [Fact]
    public void Measures_are_ordered_and_see_neither_rotation_nor_scale()
    {
        Gen<int> seeds = Gen.Choose(0, 100_000), sizes = Gen.Choose(1, 8), exponents = Gen.Choose(-60, 60);
        Prop.ForAll(seeds.ToArbitrary(), sizes.ToArbitrary(), exponents.ToArbitrary(), (seed, n, exponent) =>
        {
            double[,] M = Matrices.Random(n, n, seed);
            double[,] turned = RandomBasis.Draw(n, (ulong)seed).Times(M).Times(RandomBasis.Draw(n, (ulong)seed + 1)).Scaled(
                Math.Pow(10, exponent));
            FactoredMatrix a = FactoredMatrix.Dense(M), b = FactoredMatrix.Dense(turned);
            double[] first = [1, StableRank.Of(a), ParticipationRatio.Of(a), EffectiveRank.Of(a), n];
            double[] second = [1, StableRank.Of(b), ParticipationRatio.Of(b), EffectiveRank.Of(b), n];
            bool ordered = Enumerable.Range(1, 4).All(i => first[i] >= first[i - 1] * (1 - Rounding));
            // small singular values turn by rounding of large ones
            bool invariant = first.Zip(second).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-10 * pair.First);
            return (ordered && invariant).Label($"{string.Join(" ≤ ", first)} and turned {string.Join(", ", second)}");
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1e200)]
    public void Extreme_sizes_neither_overflow_nor_vanish(double size)
    {
        double[] σ = [2 * size, size, size];

        Expect.Relative("effective rank", Math.Pow(2, 1.5), EffectiveRank.Of(σ), Rounding);
        Expect.Relative("stable rank", 1.5, StableRank.Of(σ), Rounding);
        Expect.Relative("participation ratio", 2, ParticipationRatio.Of(σ), Rounding);
    }

    [Fact]
    public void The_zero_matrix_has_no_rank_of_these_kinds()
    {
        FactoredMatrix zero = FactoredMatrix.Dense(new double[3, 3]);

        Assert.All(
            (double[])[EffectiveRank.Of(zero), EffectiveRank.Normalized(zero), StableRank.Of(zero),
                ParticipationRatio.Of(zero), ParticipationRatio.Of([0.0])],
            value => Assert.Equal(double.NaN, value));
    }

    [Fact]
    public void What_are_no_singular_values_is_refused_in_one_line()
    {
        Assert.Equal(
            "There are no singular values to measure.",
            Assert.Throws<ArgumentException>(() => EffectiveRank.Of(ReadOnlySpan<double>.Empty)).Message);
        Assert.Equal(
            "Singular values are finite and not negative; found -1.",
            Assert.Throws<ArgumentException>(() => StableRank.Of([1, -1])).Message);
        Assert.Equal(
            "Singular values are finite and not negative; found NaN.",
            Assert.Throws<ArgumentException>(() => ParticipationRatio.Of([double.NaN])).Message);
    }
}
