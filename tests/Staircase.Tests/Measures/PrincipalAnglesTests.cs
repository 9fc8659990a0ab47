using FsCheck;
using FsCheck.Fluent;

namespace Staircase.Tests.Measures;

public class PrincipalAnglesTests
{
    /// <summary>Angles to a few units of rounding, small and large ones alike.</summary>
    private const double Rounding = 1e-13;

    [Theory]
    [InlineData(0)]
    [InlineData(1e-9)]
    [InlineData(0.3)]
    [InlineData(1.5)]
    [InlineData(Math.PI / 2)]
    public void Two_planes_that_share_a_line(double θ)
    {
        // span(e₁, e₂) and span(e₁, cos θ e₂ + sin θ e₃), by bases that are not orthonormal.
        double[,] first = { { 1, 1 }, { 0, 2 }, { 0, 0 } }, second = { { 3, 0 }, { 0, Math.Cos(θ) }, { 0, Math.Sin(θ) } };

        PrincipalAngles angles = PrincipalAngles.Between(first, second);

        Expect.Relative("smaller angle", 0, angles.Angles[0], Rounding, scale: 1);
        Expect.Relative("larger angle", θ, angles.Angles[1], Rounding, scale: 1);
        Expect.Relative("geodesic", θ, angles.Geodesic, Rounding, scale: 1);
        Expect.Relative("chordal", Math.Sin(θ), angles.Chordal, Rounding, scale: 1);
        Expect.Relative("overlap", (1 + Math.Cos(θ) * Math.Cos(θ)) / 2, angles.Overlap, Rounding);
        Expect.Relative("null level", 2.0 / 3, angles.NullOverlap, Rounding);
    }

    /// <summary>√Σsin²θ = ‖P₁ − P₂‖_F/√2 and rΣ… = tr P₁P₂, whatever the bases and a common rotation.</summary>
    [Fact]
    public void Distances_are_those_of_the_projections_and_see_no_rotation()
    {
        Gen<int> seeds = Gen.Choose(0, 100_000), ranks = Gen.Choose(1, 4), extra = Gen.Choose(0, 4);
        Prop.ForAll(seeds.ToArbitrary(), ranks.ToArbitrary(), extra.ToArbitrary(), (seed, r, more) =>
        {
            int n = r + more;
            double[,] a = Columns(RandomBasis.Draw(n, (ulong)seed), r), b = Columns(RandomBasis.Draw(n, (ulong)seed + 7), r);
            double[,] turn = RandomBasis.Draw(n, (ulong)seed + 9);
            PrincipalAngles angles = PrincipalAngles.Between(a, b);
            PrincipalAngles turned = PrincipalAngles.Between(turn.Times(b), turn.Times(a).Times(Matrices.Random(r, r, seed)));
            double[,] P1 = a.Times(a.Transposed()), P2 = b.Times(b.Transposed());
            double chordal = P1.Minus(P2).Norm() / Math.Sqrt(2);
            double overlap = P1.Times(P2).Cast<double>().Where((_, i) => i % (n + 1) == 0).Sum() / r;
            const double tolerance = 1e-6; // the random change of basis may be nearly singular
            bool same = Math.Abs(angles.Chordal - chordal) < 1e-12 && Math.Abs(angles.Overlap - overlap) < 1e-12
                && Math.Abs(angles.Geodesic - turned.Geodesic) < tolerance && angles.Geodesic >= angles.Chordal - 1e-12
                && angles.Angles.SequenceEqual(
                    angles.Angles.Order());
            return same.Label(
                $"chordal {angles.Chordal:R} {chordal:R}, overlap {angles.Overlap:R} {overlap:R}, geodesic {angles.Geodesic:R} "
                + $"{turned.Geodesic:R}");
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_line_in_a_plane_has_one_angle_and_overlap_one()
    {
        PrincipalAngles angles = PrincipalAngles.Between(
            new double[,] { { 1, 0 }, { 0, 1 }, { 0, 0 }, { 0, 0 } }, new double[,] { { 1 }, { 1 }, { 0 }, { 0 } });

        Expect.Relative("angle", 0, angles.Angles.Single(), Rounding, scale: 1);
        Expect.Relative("null level: the larger dimension over n", 0.5, angles.NullOverlap, Rounding);
    }

    [Fact]
    public void Orthogonal_subspaces_have_right_angles_and_no_overlap()
    {
        PrincipalAngles angles = PrincipalAngles.Between(new double[,] { { 1 }, { 0 } }, new double[,] { { 0 }, { 1 } });

        Assert.Equal(Math.PI / 2, angles.Angles.Single());
        Expect.Relative("overlap", 0, angles.Overlap, Rounding, scale: 1);
    }

    [Fact]
    public void Random_subspaces_overlap_at_the_null_level()
    {
        IEnumerable<double> overlaps = Enumerable.Range(0, 400).Select(
            seed => PrincipalAngles.Between(Matrices.Random(9, 3, seed), Matrices.Random(9, 2, seed + 5000)).Overlap);

        Statistics.CheckMean("overlap of 3 and 2 of 9 dimensions", 3.0 / 9, overlaps, errors: 4);
    }

    [Fact]
    public void Rows_and_columns_are_spaces_of_leading_singular_vectors()
    {
        double[] σ = [5, 4, 1, 0.5];
        double[,] U = RandomBasis.Draw(4, 1), V = RandomBasis.Draw(4, 2), W = RandomBasis.Draw(4, 3);
        FactoredMatrix M = FactoredMatrix.Product(U, Matrices.Diagonal(σ).Times(V.Transposed()));
        FactoredMatrix other = FactoredMatrix.Dense(U.Times(Matrices.Diagonal(σ)).Times(W.Transposed()));

        Expect.Relative("same columns", 0, PrincipalAngles.Columns(M, other, 2).Chordal, 1e-12, scale: 1);
        Expect.Relative(
            "rows", PrincipalAngles.Between(Columns(V, 2), Columns(W, 2)).Geodesic, PrincipalAngles.Rows(M, other, 2).Geodesic, 1e-12);
    }

    [Fact]
    public void Spaces_that_cannot_be_compared_are_refused()
    {
        Assert.Equal(
            "The subspaces lie in spaces of different dimensions, 3 and 4.",
            Assert.Throws<ArgumentException>(() => PrincipalAngles.Between(Matrices.Random(3, 1, 1), Matrices.Random(4, 1, 1))).Message);
        Assert.Equal(
            "The 2 columns span only 1 dimensions.",
            Assert.Throws<ArgumentException>(() => PrincipalAngles.Between(
                new double[,] { { 1, 2 }, { 1, 2 } }, Matrices.Random(2, 1, 1))).Message);
    }

    private static double[,] Columns(double[,] basis, int count)
    {
        var columns = new double[basis.GetLength(0), count];
        for (int i = 0; i < basis.GetLength(0); i++)
        {
            for (int j = 0; j < count; j++)
                columns[i, j] = basis[i, j];
        }

        return columns;
    }
}
