using MathNet.Numerics.LinearAlgebra;
using static Staircase.Tests.PopulationCases;

namespace Staircase.Tests;

public class PopulationLossTests
{
    /// <summary>Sums of at most D⁴ products of numbers of order one.</summary>
    private const double SumRounding = 1e-12;

    public static TheoryData<RegressionTask> VariedTasks =>
    [
        Task(3, 4, 0.3, Tasks.Correlated, OutputScale.Context, false, true),
        Task(4, 5, 0, Tasks.Identity, OutputScale.Tokens, true, true),
        Task(4, 3, 0.2, Tasks.Diagonal, OutputScale.None, false, false),
        Task(1, 3, 0.2, Tasks.Diagonal, OutputScale.Context, true, false),
        Task(5, 2, 0.1, Tasks.Correlated, OutputScale.Tokens, true, false),
    ];

    [Theory]
    [MemberData(nameof(VariedTasks), DisableDiscoveryEnumeration = true)]
    public void Gradients_are_those_of_the_loss(RegressionTask task)
    {
        int D = task.InputDimension;
        foreach ((string name, double[] map) in Maps(D, 0.7, seed: 2))
            CentralDifferences.Check($"D {D}, map of {name}", task.PopulationLoss(), map);
    }

    /// <summary>Zhang et al. 2025, Eq. 14–15: L = tr Λ − 2 tr(M Λ²) + tr(M Λ Mᵀ A), A = Λ² + (Λ² + tr(Λ) Λ)/N.</summary>
    [Fact]
    public void In_context_part_is_the_published_formula()
    {
        const int D = 4, N = 31;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), N).InRandomBasis(3);
        Matrix<double> E = Matrix<double>.Build.DenseOfArray(task.Basis!);
        Matrix<double> Λ = E * Matrix<double>.Build.DenseOfDiagonalArray([0.4, 0.3, 0.2, 0.1]) * E.Transpose();
        Matrix<double> A = Λ * Λ + (Λ * Λ + Λ.Trace() * Λ) / N;
        double[] map = CentralDifferences.RandomMap(D * D, 4, size: 5);
        Matrix<double> M = Matrix<double>.Build.DenseOfRowMajor(D, D, map);
        double expected = Λ.Trace() - 2 * (M * Λ * Λ).Trace() + (M * Λ * M.Transpose() * A).Trace();
        Matrix<double> expectedGradient = -2 * (Λ * Λ - A * M * Λ);
        var gradient = new double[D * D];

        double actual = task.PopulationLoss().Evaluate(map, gradient);

        Expect.Relative("L(M)", expected, actual, SumRounding);
        Expect.Relative("∂L/∂M", expectedGradient.ToRowMajorArray(), gradient, SumRounding);
    }

    /// <summary>The best in-context matrix, M = ⟨sN⟩ A⁻¹ ΛΩ, A = ⟨s²N²⟩ΛΩΛ + ⟨s²N⟩(ΛΩΛ + (tr ΩΛ + σ²)Λ).</summary>
    [Theory]
    [InlineData(OutputScale.Context, false)]
    [InlineData(OutputScale.Tokens, true)]
    [InlineData(OutputScale.None, true)]
    public void The_best_matrix_is_stationary(OutputScale scale, bool varyContext)
    {
        const int D = 6, N = 9;
        const double noise = 0.4;
        RegressionTask task = Task(D, N, noise, Tasks.Correlated, scale, varyContext, basis: false);
        Matrix<double> Λ = Matrix<double>.Build.DenseOfDiagonalArray(task.InputEigenvalues.ToArray());
        Matrix<double> Ω = Matrix<double>.Build.DenseOfArray(task.TaskCovariance!);
        int[] lengths = varyContext ? [.. Enumerable.Range(1, N)] : [N];
        double Mean(Func<double, double, double> f) =>
            lengths.Average(n => f(scale switch { OutputScale.Context => 1.0 / n, OutputScale.Tokens => 1.0 / (n + 1), _ => 1.0 }, n));
        Matrix<double> drive = Λ * Ω * Λ;
        Matrix<double> A = Mean((s, n) => s * s * n * n) * drive + Mean((s, n) => s * s * n) * (drive + ((Ω * Λ).Trace() + noise) * Λ);
        Matrix<double> M = Mean((s, n) => s * n) * A.Solve(Λ * Ω);
        PopulationLoss loss = task.PopulationLoss();
        double[] gradient = new double[D * D], elsewhere = new double[D * D];

        double least = loss.Evaluate(M.ToRowMajorArray(), gradient);
        double more = loss.Evaluate((1.1 * M).ToRowMajorArray(), elsewhere);

        // The gradient is a difference of two terms as large as the one 10 % away is ten times over.
        Expect.Below("largest gradient at the minimum", SumRounding * 10 * elsewhere.Max(Math.Abs), gradient.Max(Math.Abs));
        Expect.Below("loss at the minimum", more, least);
    }

    [Theory]
    [InlineData("Correlated", 0.3, false)]
    [InlineData("Identity", 0, true)]
    public void A_rotated_map_on_the_rotated_task_has_the_same_loss(string tasks, double noise, bool varyContext)
    {
        const int D = 4;
        RegressionTask task = Task(D, 5, noise, Enum.Parse<Tasks>(tasks), OutputScale.Context, varyContext, basis: false);
        RegressionTask rotated = task.InRandomBasis(5);
        foreach ((string name, double[] map) in Maps(D, 0.9, seed: 8))
        {
            double[] turned = NaiveMap.Rotate(map, rotated.Basis!);
            double expected = task.PopulationLoss().Evaluate(map, new double[map.Length]);

            Expect.Relative($"map of {name}", expected, rotated.PopulationLoss().Evaluate(turned, new double[map.Length]), SumRounding);
            double unturned = rotated.PopulationLoss().Evaluate(map, new double[map.Length]);
            Assert.True(
                Math.Abs(unturned - expected) > 1e-3 * expected,
                $"map of {name}: the rotation makes no difference, loss {unturned:R} against {expected:R}");
        }
    }

    [Theory]
    [InlineData(256, true, false)]
    [InlineData(256, true, true)]
    [InlineData(64, false, false)]
    [InlineData(64, false, true)]
    public void Large_dimensions_need_little_memory(int D, bool inContextOnly, bool basis)
    {
        RegressionTask task = Task(D, 2 * D, 0.1, Tasks.Diagonal, OutputScale.Context, false, basis);
        int length = inContextOnly ? AttentionMap.InContextLength(D) : AttentionMap.Length(D);
        double[] map = CentralDifferences.RandomMap(length, 1, 1.0 / D), gradient = new double[length];
        PopulationLoss population = task.PopulationLoss();
        population.Evaluate(map, gradient);
        long before = GC.GetAllocatedBytesForCurrentThread();

        double loss = population.Evaluate(map, gradient);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // Maps and D×D(×D) work space; a matrix of moments would take length² (34 GB and 150 GB), one of D²×D² 34 GB and 134 MB.
        long bound = 8L * (inContextOnly ? 6 * D * D : 6 * D * D * D);
        Assert.True(allocated < bound, $"allocation of one evaluation in dimension {D}: expected below {bound} B, actual {allocated} B");
        Assert.True(
            double.IsFinite(loss) && loss > 0 && gradient.All(double.IsFinite),
            $"loss in dimension {D}: expected positive and finite, actual {loss:R}");
    }

    [Theory]
    [MemberData(nameof(VariedTasks), DisableDiscoveryEnumeration = true)]
    public void Zero_blocks_have_no_gradient(RegressionTask task)
    {
        int D = task.InputDimension;
        PopulationLoss loss = task.PopulationLoss();
        Assert.True(loss.KeepsZeroBlocks, "the population loss keeps zero blocks zero");
        AttentionModel[] models = [new MergedAttention(D, 3), new SeparateAttention(D, 2, 1), new SeparateAttention(D, 2, D)];
        foreach (AttentionModel model in models)
        {
            double[] weights = model.Initialize(0.8, 3);
            var gradient = new double[weights.Length];
            var objective = new Objective(model, loss);

            double whole = objective.Evaluate(weights, gradient);

            int moving = model.Layout.InContextCount;
            Assert.Equal(moving, objective.MovingCount(weights));
            Expect.SameBits("gradient of the other blocks", new double[weights.Length - moving], gradient.AsSpan(moving));
            var prefix = new double[moving];
            Expect.Relative("loss of the in-context prefix", whole, objective.Evaluate(weights.AsSpan(0, moving), prefix), SumRounding);
            Expect.Relative("gradient of the in-context prefix", gradient.AsSpan(0, moving), prefix, SumRounding);
            weights[^1] = 0.1;
            Assert.Equal(model.Layout.Count, objective.MovingCount(weights));
        }
    }

    [Fact]
    public void In_weight_sequences_have_no_population_loss()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(2), 3) with { InContextFraction = 0.5 };

        string message = Assert.Throws<InvalidOperationException>(task.PopulationLoss).Message;

        Assert.Equal(
            "The population loss is known for in-context sequences only; train mixtures on a sample (data sample:P) or online.", message);
    }
}
