using System.Numerics;

namespace Staircase.Kernels.Tests;

public class PolarFactorTests
{
    public static TheoryData<int, int> Shapes =>
        new() { { 1, 1 }, { 1, 7 }, { 7, 1 }, { 4, 4 }, { 12, 5 }, { 5, 12 }, { 40, 64 }, { 130, 60 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Polished_factors_are_orthogonal_and_leave_a_positive_rest(int rows, int columns)
    {
        Check<float>(rows, columns);
        Check<double>(rows, columns);

        static void Check<T>(int rows, int columns)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random(rows + columns);
            var x = new PoisonedMatrix<T>(random, 1, rows * columns, rows * columns);
            for (int i = 0; i < Math.Min(rows, columns); i++)
                x[0, (i * columns) + i] += T.CreateTruncating(5); // well conditioned
            int length = PolarFactor.WorkspaceLength(rows, columns);
            var work = new PoisonedMatrix<T>(random, 1, length, length);
            double[] original = Gradients.Doubles<T>(x.Span);
            PolarFactor.Orthogonalize(rows, columns, x.Span, work.Span, polish: 7);
            double[] u = Gradients.Doubles<T>(x.Span);

            int n = Math.Min(rows, columns);
            double tolerance = 200 * NumericAssert.UnitRounding<T>(); // twelve steps of sums over up to 130 terms

            // The side of n vectors of Max(rows, columns).
            double At(double[] m, int i, int k) => rows > columns ? m[(k * columns) + i] : m[(i * columns) + k];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double product = Enumerable.Range(0, Math.Max(rows, columns)).Sum(k => At(u, i, k) * At(u, j, k));
                    NumericAssert.Near($"U·Uᵀ[{i}, {j}] of {rows} x {columns}", i == j ? 1 : 0, T.CreateTruncating(product), tolerance, 1);
                    double rest = Enumerable.Range(0, Math.Max(rows, columns)).Sum(k => At(original, i, k) * At(u, j, k));
                    double mirrored = Enumerable.Range(0, Math.Max(rows, columns)).Sum(k => At(original, j, k) * At(u, i, k));
                    string symmetry = $"symmetry of X·Uᵀ[{i}, {j}] of {rows} x {columns}";
                    NumericAssert.Near(symmetry, rest, T.CreateTruncating(mirrored), tolerance, 100);
                    Assert.True(i != j || rest > 0, $"X·Uᵀ[{i}, {i}] of {rows} x {columns}: expected positive, actual {rest}");
                }
            }

            x.AssertUnchangedExcept("X", (_, _) => true);
            work.AssertUnchangedExcept("workspace", (_, _) => true);
        }
    }

    [Fact]
    public void Without_polish_singular_values_lie_between_the_published_bounds()
    {
        // A diagonal matrix keeps its singular values on the diagonal.
        double[] values = [1, 0.5, 0.1, 0.02, 0.005], x = new double[25];
        for (int i = 0; i < 5; i++)
            x[(i * 5) + i] = values[i];
        PolarFactor.Orthogonalize<double>(5, 5, x, new double[PolarFactor.WorkspaceLength(5, 5)]);
        for (int i = 0; i < 5; i++)
            Assert.InRange(x[(i * 5) + i], 0.65, 1.25); // Jordan 2024 gives [0.7, 1.2] "in practice"
    }

    [Fact]
    public void Zero_stays_zero()
    {
        float[] x = new float[6];
        PolarFactor.Orthogonalize<float>(2, 3, x, new float[PolarFactor.WorkspaceLength(2, 3)], 3);
        Assert.All(x, value => Assert.Equal(0, value));
    }
}
