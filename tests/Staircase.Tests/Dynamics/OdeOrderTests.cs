namespace Staircase.Tests.Dynamics;

/// <summary>Measured convergence orders of the integrators by fixed steps.</summary>
public class OdeOrderTests
{
    private static readonly int[] Counts = [16, 32, 64, 128];

    public static TheoryData<int> StageNumbers => [2, 3, 4, 6, 10, 25, 60];

    [Fact]
    public void The_pair_converges_with_order_five()
    {
        foreach (OdeProblem problem in (OdeProblem[])[OdeProblem.Linear(), OdeProblem.Logistic()])
        {
            AssertGlobalOrder(
                $"{problem.Name}, Dormand–Prince", 5, problem, (n, steps) => FixedSteps(problem, n, stages: null, steps), [24, 48, 96]);
        }
    }

    [Theory]
    [MemberData(nameof(StageNumbers))]
    public void The_stabilized_method_converges_with_order_two_for_every_number_of_stages(int stages)
    {
        foreach (OdeProblem problem in (OdeProblem[])[OdeProblem.Linear(), OdeProblem.Logistic()])
            AssertGlobalOrder($"{problem.Name}, {stages} stages", 2, problem, (n, steps) => FixedSteps(problem, n, stages, steps), Counts);
    }

    [Fact]
    public void The_pairs_error_estimate_is_of_local_order_five()
    {
        OdeProblem problem = OdeProblem.Linear();
        AssertLocalOrder("estimate of the pair", 5, [0.2, 0.1, 0.05, 0.025], h => Largest(SingleStep(problem, h, null).Error));
    }

    [Theory]
    [MemberData(nameof(StageNumbers))]
    public void The_stabilized_methods_estimate_lies_above_its_true_local_error_by_less_than_two(int stages)
    {
        OdeProblem problem = OdeProblem.Linear();
        double[] steps = [0.04, 0.02, 0.01, 0.005];
        AssertLocalOrder($"estimate with {stages} stages", 3, steps, h => Largest(SingleStep(problem, h, stages).Error));

        // 1.2 for two stages and 1.8 for many, by Taylor expansion; h-dependent terms are below a few per cent here.
        SingleResult step = SingleStep(problem, steps[^1], stages);
        double ratio = Largest(step.Error) / problem.ErrorAt(steps[^1], step.Next);
        Assert.True(ratio is > 1.1 and < 1.95, $"estimate / true local error with {stages} stages: expected 1.2 … 1.8, actual {ratio:F3}");
    }

    [Fact]
    public void The_pairs_continuous_extension_is_of_order_five_inside_a_step_and_along_a_run()
    {
        OdeProblem problem = OdeProblem.Linear();
        AssertLocalOrder("continuous extension in one step", 5, [0.1, 0.05, 0.025, 0.0125], h =>
        {
            SingleResult step = SingleStep(problem, h, null);
            return WorstInside(problem, 0, h, (θ, y) => step.Pair.Interpolate(problem.Start, h, θ, y));
        });
        AssertGlobalOrder(
            "continuous extension along a run", 5, problem, (n, steps) => FixedSteps(problem, n, null, steps, inside: true),
            [8, 16, 32, 64]);
    }

    [Fact]
    public void Hermite_interpolation_of_exact_ends_is_of_order_four_and_between_stabilized_steps_of_order_two()
    {
        OdeProblem problem = OdeProblem.Linear();
        AssertLocalOrder("Hermite, exact ends", 4, [0.4, 0.2, 0.1, 0.05], h =>
        {
            double[] next = problem.Solution(h), derivative = new double[3], nextDerivative = new double[3];
            problem.Evaluate(problem.Start, derivative);
            problem.Evaluate(next, nextDerivative);
            return WorstInside(
                problem, 0, h, (θ, y) => RungeKuttaChebyshev.Interpolate(problem.Start, derivative, next, nextDerivative, h, θ, y));
        });
        AssertGlobalOrder("Hermite along a run", 2, problem, (n, steps) => FixedSteps(problem, n, 6, steps, inside: true), Counts);
    }

    [Fact]
    public void The_continuous_extensions_meet_the_ends_of_the_step()
    {
        const double h = 0.3, rounding = 1e-15;
        OdeProblem problem = OdeProblem.Linear();
        SingleResult step = SingleStep(problem, h, null);
        double[] y = new double[3], derivative = new double[3], nextDerivative = new double[3];
        problem.Evaluate(problem.Start, derivative);
        problem.Evaluate(step.Next, nextDerivative);
        foreach ((double θ, double[] end) in ((double, double[])[])[(0, problem.Start), (1, step.Next)])
        {
            step.Pair.Interpolate(problem.Start, h, θ, y);
            DynamicsAssert.Near($"pair at θ = {θ}", end, y, rounding);
            RungeKuttaChebyshev.Interpolate(problem.Start, derivative, step.Next, nextDerivative, h, θ, y);
            DynamicsAssert.Near($"Hermite at θ = {θ}", end, y, rounding);
        }
    }

    [Fact]
    public void Gradient_descent_is_Eulers_method_for_the_flow()
    {
        // time = 2 η · steps, because the flow has a factor ½
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 20);
        AttentionModel[] models = [new MergedAttention(3, 2), new SeparateAttention(3, 3, 1)];
        foreach (AttentionModel model in models)
        {
            const double end = 40;
            PopulationLoss loss = task.PopulationLoss();
            double[] start = model.Initialize(0.4, 5);
            var tight = new FlowOptions { RelativeTolerance = 1e-11 };
            double[] flow = GradientFlow.Solve(model, loss, start, end, options: tight).FinalWeights;
            int[] counts = [100, 200, 400, 800];
            double[] Descended(int n) => Descent.Run(model, loss, start, new GradientDescent(end / (2.0 * n)), n).FinalWeights;
            double[] errors = [.. counts.Select(n => Distance(flow, Descended(n)))];
            DynamicsAssert.Slope($"descent against flow, {model.GetType().Name}", 1, [.. counts.Select(n => 1.0 / n)], errors);
            Assert.True(errors[0] > 1e-4, $"the comparison must see a difference to have a slope; it is {errors[0]:E2}");
        }
    }

    private static double Distance(double[] x, double[] y) => Math.Sqrt(x.Zip(y, (a, b) => (a - b) * (a - b)).Sum());

    private static double Largest(double[] x) => x.Max(Math.Abs);

    private static void AssertGlobalOrder(string what, double order, OdeProblem problem, Func<int, double, double> error, int[] counts)
    {
        double[] steps = [.. counts.Select(n => problem.End / n)];
        DynamicsAssert.Slope(what, order, steps, [.. counts.Zip(steps, error)]);
    }

    private static void AssertLocalOrder(string what, double order, double[] steps, Func<double, double> error) =>
        DynamicsAssert.Slope(what, order, steps, [.. steps.Select(error)]);

    private static SingleResult SingleStep(OdeProblem problem, double h, int? stages)
    {
        int n = problem.Size;
        var pair = new DormandPrince(n);
        double[] derivative = new double[n], next = new double[n], nextDerivative = new double[n], error = new double[n];
        problem.Evaluate(problem.Start, derivative);
        if (stages is { } s)
            new RungeKuttaChebyshev(n).Step(problem, problem.Start, derivative, h, s, next, nextDerivative, error);
        else
            pair.Step(problem, problem.Start, derivative, h, next, nextDerivative, error);
        return new(pair, next, error);
    }

    /// <summary>The largest error at the ends of n steps (at one end alone leading terms may cancel), or also inside them.</summary>
    private static double FixedSteps(OdeProblem problem, int n, int? stages, double h, bool inside = false)
    {
        int size = problem.Size;
        var pair = new DormandPrince(size);
        var chebyshev = new RungeKuttaChebyshev(size);
        double[] y = [.. problem.Start], derivative = new double[size], next = new double[size], nextDerivative = new double[size];
        double[] error = new double[size];
        problem.Evaluate(y, derivative);
        double worst = 0;
        for (int i = 0; i < n; i++)
        {
            if (stages is { } s)
                chebyshev.Step(problem, y, derivative, h, s, next, nextDerivative, error);
            else
                pair.Step(problem, y, derivative, h, next, nextDerivative, error);
            worst = Math.Max(worst, problem.ErrorAt((i + 1) * h, next));
            if (inside)
            {
                worst = Math.Max(worst, WorstInside(problem, i * h, h, (θ, destination) =>
                {
                    if (stages is null)
                        pair.Interpolate(y, h, θ, destination);
                    else
                        RungeKuttaChebyshev.Interpolate(y, derivative, next, nextDerivative, h, θ, destination);
                }));
            }

            (y, next) = (next, y);
            (derivative, nextDerivative) = (nextDerivative, derivative);
        }

        return worst;
    }

    private static double WorstInside(OdeProblem problem, double start, double h, Action<double, double[]> interpolate)
    {
        var y = new double[problem.Size];
        double worst = 0;
        for (int i = 1; i < 10; i++)
        {
            interpolate(i / 10.0, y);
            worst = Math.Max(worst, problem.ErrorAt(start + i / 10.0 * h, y));
        }

        return worst;
    }

    private sealed record SingleResult(DormandPrince Pair, double[] Next, double[] Error);
}
