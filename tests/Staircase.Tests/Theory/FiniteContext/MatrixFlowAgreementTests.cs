namespace Staircase.Tests;

/// <summary>The matrix flow against the flow of modes, the flow of merged attention, and what both conserve.</summary>
public class MatrixFlowAgreementTests
{
    private static readonly FlowOptions Tight = new() { RelativeTolerance = 1e-12 };

    [Fact]
    public void On_an_aligned_start_it_is_the_flow_of_modes()
    {
        const double tolerance = 1e-10;
        var task = new VectorRegressionTask(Spectrum.Of(2, 1, 0.5), 10, TaskSet.Diagonal(3, 6, 2));
        VectorWeights start = VectorWeights.Aligned([0.02, 0.01, 0.03], [0.01, 0.04, 0.02]);
        double[] times = VectorCases.Times(60, 3);
        IReadOnlyList<VectorPoint> modes = FiniteContextFlow.Solve(task, start, 1, times, Tight);
        IReadOnlyList<VectorPoint> matrices = MatrixFlow.Solve(task, start, 1, times, Tight);
        for (int k = 0; k < times.Length; k++)
        {
            Assert.True(matrices[k].Weights!.IsAligned, "aligned weights stay aligned");
            Expect.Relative($"p({times[k]})", modes[k].Value, matrices[k].Value, tolerance);
            Expect.Relative($"q({times[k]})", modes[k].KeyQuery, matrices[k].KeyQuery, tolerance);
            Expect.Relative($"L({times[k]})", modes[k].Loss, matrices[k].Loss, tolerance);
        }
    }

    /// <summary>Rotating tasks and weights by the eigenvectors changes nothing but the coordinates.</summary>
    [Fact]
    public void Tasks_in_other_coordinates_are_the_same_tasks()
    {
        double[,] E = RandomBasis.Draw(3, 4);
        TaskSet diagonal = TaskSet.Diagonal(3, 6, 2);
        double[][,] rotated = [.. Enumerable.Range(0, 6).Select(
            μ => VectorCases.Matrix(VectorWeights.Aligned(VectorWeights.Diagonal(diagonal[μ]), new double[3]).FromEigenbasis(E).Value))];
        TaskSet back = TaskSet.Of(rotated, E);
        Assert.True(back.IsDiagonal, "tasks that commute with Λ are found to");
        Assert.False(TaskSet.Of(rotated).IsDiagonal, "in the wrong coordinates they do not look so");
        Expect.Relative("mean squares", diagonal.MeanSquares(), back.MeanSquares(), 1e-13);
    }

    [Fact]
    public void The_sum_is_conserved_and_the_single_imbalances_are_not()
    {
        const double drift = 1e-10;
        var aligned = new VectorRegressionTask(Spectrum.Of(2, 1, 0.5), 10, TaskSet.DiagonalDesign(3));
        VectorWeights start = VectorWeights.Aligned([0.3, 0.1, 0.2], [0.1, 0.2, 0.1]);
        VectorPoint end = FiniteContextFlow.Solve(aligned, start, 1, [200], Tight)[0];
        double[] before = [0.08, -0.03, 0.03], after = [.. end.Value.Zip(end.KeyQuery, (p, q) => p * p - q * q)];
        Expect.Relative("C of the flow of modes", before.Sum(), after.Sum(), drift);
        Assert.All(
            before.Zip(after),
            pair => Assert.True(Math.Abs(pair.First - pair.Second) > 0.01, $"an imbalance of {pair.First} stayed {pair.Second}"));
        Expect.Relative(
            "weights at the fixed point", FiniteContextFixedPoint.Stable(aligned).Weights(0.08).Value,
            VectorWeights.Aligned(end.Value, end.KeyQuery).Value, 1e-8);

        var any = new VectorRegressionTask(Spectrum.Of(2, 1, 0.5), 10, TaskSet.Gaussian(3, 5, 1));
        VectorWeights random = VectorWeights.Random(3, 0.2, 3);
        foreach (VectorPoint point in MatrixFlow.Solve(any, random, 1, [1, 5, 20, 60], Tight))
            Expect.Relative($"C of the matrix flow at {point.Time}", random.Imbalance(), point.Weights!.Imbalance(), drift, 1);
    }

    [Fact]
    public void With_independent_entries_it_is_the_flow_of_merged_attention()
    {
        const double tolerance = 1e-9;
        var task = new VectorRegressionTask(Spectrum.Of(1.7, 1.1, 0.4), 12, TaskSet.GaussianDesign(3));
        VectorWeights start = VectorWeights.Aligned([0.02, 0.02, 0.02], [0.01, 0.03, 0.02]);
        double[] times = VectorCases.Times(40, 2);
        IReadOnlyList<VectorPoint> expected = GaussianTaskFlow.Solve(task, 0.02, [0.01, 0.03, 0.02], 1, times, Tight);
        IReadOnlyList<VectorPoint> actual = MatrixFlow.Solve(task, start, 1, times, Tight);
        for (int k = 0; k < times.Length; k++)
        {
            Expect.Relative($"a({times[k]})", expected[k].Strengths, actual[k].Strengths, tolerance);
            Expect.Relative($"L({times[k]})", expected[k].Loss, actual[k].Loss, tolerance);
        }

        // The library's own merged attention, one head, on the same Λ and N: v = D^{1/4} p, U = diag(q)/D^{1/4}, time by √D slower.
        double scale = Math.Pow(3, 0.25);
        var regression = RegressionTask.Create(Spectrum.Of(1.7, 1.1, 0.4), 12);
        var model = new MergedAttention(3, 1);
        double[] weights = new double[model.Layout.Count];
        MergedHead head = model.Head(weights, 0);
        head.Value = scale * 0.02;
        (head.KeyQuery[0, 0], head.KeyQuery[1, 1], head.KeyQuery[2, 2]) = (0.01 / scale, 0.03 / scale, 0.02 / scale);
        var options = new FlowOptions { RelativeTolerance = 1e-10 };
        foreach (int k in (int[])[5, 8, 20])
        {
            Trajectory merged = GradientFlow.Solve(
                model, regression.PopulationLoss(), weights, times[k] / Math.Sqrt(3), Recording.Of(regression), options);
            const double adaptive = 1e-7; // two adaptive solutions
            Expect.Relative($"a({times[k]}), merged attention", expected[k].Strengths, merged.StrengthsAt(merged.Count - 1), adaptive);
        }
    }

    [Fact]
    public void A_misaligned_start_ends_where_an_aligned_one_does()
    {
        VectorRegressionTask task = VectorCases.Diagonal([2, 1, 0.5], 10);
        VectorWeights start = VectorWeights.Aligned([0.05, 0.05, 0.05], [0.05, 0.04, 0.03]).FromEigenbasis(RandomBasis.Draw(3, 5));
        VectorWeights end = MatrixFlow.Solve(task, start, 1, [3000], VectorCases.Accurate)[0].Weights!;
        double off = 0;
        for (int i = 0; i < 18; i++)
            off = Math.Max(off, i / 3 % 3 == i % 3 ? 0 : Math.Abs(end.InContext[i]));
        Assert.InRange(off, 0, 1e-8);
        Expect.Relative("strengths", FiniteContextFixedPoint.Stable(task).Strengths, end.Strengths(), 1e-7);
    }
}
