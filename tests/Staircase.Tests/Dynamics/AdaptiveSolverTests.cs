namespace Staircase.Tests.Dynamics;

/// <summary>Published problems at several tolerances, by each integrator and by the automatic choice.</summary>
public class AdaptiveSolverTests
{
    /// <summary>
    /// Local errors of size tol add up along a run: the constant covers the number of steps in which a problem forgets nothing
    /// (A3, A4 grow; the stabilized method's order 2 at tol^{2/3}).
    /// </summary>
    private const double PairFactor = 10, ChebyshevFactor = 3;

    private static readonly double[] Tolerances = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8];

    public static TheoryData<string> Names => ["A1", "A2", "A3", "A4", "heat"];

    private static OdeProblem Problem(string name) => name == "heat" ? OdeProblem.Heat() : OdeProblem.DetestA().Single(p => p.Name == name);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_global_error_follows_the_tolerance(string name)
    {
        foreach (double tolerance in Tolerances)
        {
            // The global error of an order-p method under error-per-step control falls like tol^{p/q}, q the order of the estimate.
            Run pair = Solve(Problem(name), tolerance, OdeMethod.DormandPrince);
            DynamicsAssert.AtMost($"{name}, pair, tolerance {tolerance}: error", PairFactor * tolerance, pair.WorstError);
            Run chebyshev = Solve(Problem(name), tolerance, OdeMethod.Chebyshev);
            DynamicsAssert.AtMost(
                $"{name}, stabilized, tolerance {tolerance}: error", ChebyshevFactor * Math.Pow(tolerance, 2.0 / 3), chebyshev.WorstError);
            Run automatic = Solve(Problem(name), tolerance, null);
            DynamicsAssert.AtMost(
                $"{name}, automatic, tolerance {tolerance}: error", ChebyshevFactor * Math.Pow(tolerance, 2.0 / 3), automatic.WorstError);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_automatic_choice_costs_at_most_half_more_than_the_better_method(string name)
    {
        foreach (double tolerance in Tolerances)
        {
            Run pair = Solve(Problem(name), tolerance, OdeMethod.DormandPrince);
            Run chebyshev = Solve(Problem(name), tolerance, OdeMethod.Chebyshev);
            Run automatic = Solve(Problem(name), tolerance, null);
            DynamicsAssert.AtMost(
                $"{name}, tolerance {tolerance}: evaluations, against {pair.Evaluations} and {chebyshev.Evaluations}",
                1.5 * Math.Min(pair.Evaluations, chebyshev.Evaluations), automatic.Evaluations);
        }
    }

    [Theory]
    [InlineData(1e-4)]
    [InlineData(1e-6)]
    [InlineData(1e-8)]
    public void The_automatic_choice_takes_the_pair_unless_the_problem_is_stiff(double tolerance)
    {
        foreach (OdeProblem problem in OdeProblem.DetestA())
        {
            Run run = Solve(problem, tolerance, null);
            if (problem.Name != "A1") // decays to nothing: late on, only stability limits the step; so does A4 when it has settled
            {
                Assert.True(
                    run.ChebyshevShare < 0.2,
                    $"{problem.Name}, tolerance {tolerance}: expected the pair, {run.ChebyshevShare:P0} of the time was stabilized");
            }
        }

        Assert.True(
            Solve(OdeProblem.Heat(), tolerance, null).ChebyshevShare > 0.8,
            $"heat, tolerance {tolerance}: expected the stabilized method most of the time");
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-5)]
    [InlineData(1e-7)]
    public void The_integrators_agree_on_the_Brusselator_with_diffusion(double tolerance)
    {
        double[] reference = Solve(OdeProblem.Brusselator(60), 1e-11, OdeMethod.DormandPrince, exact: false).Final;
        Run pair = Solve(OdeProblem.Brusselator(60), tolerance, OdeMethod.DormandPrince, exact: false);
        Run chebyshev = Solve(OdeProblem.Brusselator(60), tolerance, OdeMethod.Chebyshev, exact: false);
        Run automatic = Solve(OdeProblem.Brusselator(60), tolerance, null, exact: false);
        DynamicsAssert.Near("pair", reference, pair.Final, PairFactor * tolerance);
        DynamicsAssert.Near("stabilized", reference, chebyshev.Final, ChebyshevFactor * Math.Pow(tolerance, 2.0 / 3));
        DynamicsAssert.Near("automatic", reference, automatic.Final, ChebyshevFactor * Math.Pow(tolerance, 2.0 / 3));
        DynamicsAssert.AtMost(
            $"evaluations, against {pair.Evaluations} and {chebyshev.Evaluations}",
            1.5 * Math.Min(pair.Evaluations, chebyshev.Evaluations), automatic.Evaluations);
    }

    [Theory]
    [InlineData(OdeMethod.DormandPrince)]
    [InlineData(OdeMethod.Chebyshev)]
    public void A_growing_unknown_is_held_to_the_tolerance_among_a_thousand_at_rest(OdeMethod method)
    {
        // A root mean square over all unknowns would let it err 30 times more; the first step, which sees the others, costs a few times.
        const double tolerance = 1e-7;
        OdeProblem Crowd(int resting) => new(
            "crowd", [0.1, .. Enumerable.Repeat(1.0, resting)], 2, (y, dy) => dy[0] = y[0] * (1 - y[0]),
            t => [OdeProblem.Logistic().Solution(t)[0]]);
        double alone = Solve(Crowd(0), tolerance, method).WorstError, among = Solve(Crowd(1000), tolerance, method).WorstError;
        DynamicsAssert.AtMost($"{method}: error among a thousand, alone it is {alone:E2}", 10 * alone, among);
    }

    [Fact]
    public void The_integrator_is_not_changed_back_and_forth()
    {
        // Eight drops; a change before and after each is sound. Chattering made 182 changes at this tolerance.
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(8), 31);
        var model = new SeparateAttention(8, 8, 1);
        var flow = new GradientFlow(
            new Objective(model, task.PopulationLoss()), model.Initialize(0.02, 1), new FlowOptions { RelativeTolerance = 1e-8 });
        int changes = 0;
        OdeMethod last = flow.State.Method;
        while (flow.State.Time < 1.5e5)
        {
            flow.Advance(1.5e5);
            changes += flow.State.Method == last ? 0 : 1;
            last = flow.State.Method;
        }

        DynamicsAssert.AtMost("changes of the integrator over eight drops", 24, changes);
        Assert.True(changes > 0, "the stiff stretches must have been noticed");
    }

    [Fact]
    public void Evaluations_are_counted_truly()
    {
        foreach (OdeMethod? method in (OdeMethod?[])[OdeMethod.DormandPrince, OdeMethod.Chebyshev, null])
        {
            OdeProblem problem = OdeProblem.Heat();
            Run run = Solve(problem, 1e-5, method);
            Assert.Equal(problem.Evaluations, run.Evaluations + 1); // the first, at the start, is the constructor's
        }
    }

    [Fact]
    public void A_run_ends_at_its_last_time_to_the_bit_and_interpolates_inside_its_steps()
    {
        OdeProblem problem = OdeProblem.Logistic();
        var solver = new AdaptiveSolver(problem, OdeState.At(problem.Start), new OdeTolerance(1e-8, 1e-10));
        var y = new double[1];
        foreach (double end in (double[])[0.1, 1.0 / 3, Math.PI / 3, 1.9])
        {
            while (solver.State.Time < end)
            {
                solver.Step(end);
                foreach (double θ in (double[])[0, 0.3, 0.5, 0.9, 1])
                {
                    double t = solver.StepStart + θ * (solver.State.Time - solver.StepStart);
                    solver.Interpolate(t, y);
                    DynamicsAssert.AtMost($"error at time {t:G6}", PairFactor * 1e-8, problem.ErrorAt(t, y));
                }
            }

            DynamicsAssert.SameBits("time", end, solver.State.Time);
        }
    }

    [Fact]
    public void No_step_of_a_rounding_error_is_left_before_the_end()
    {
        var problem = new OdeProblem("slow", [1], 1, (_, dy) => dy[0] = 1e-9, t => [1 + 1e-9 * t]);
        var random = new RandomStream(1, RandomPurpose.Probe);
        for (int i = 0; i < 1000; i++)
        {
            // t + (end − t) rounds to another number than end for a fair part of all pairs
            double start = random.NextUniform(), end = 5 * start + random.NextUniform();
            var state = OdeState.At(problem.Start);
            (state.Time, state.StepSize) = (start, 100);
            new AdaptiveSolver(problem, state, new OdeTolerance(1e-6, 1e-8)).Step(end);
            DynamicsAssert.SameBits($"time after the one step from {start:R}", end, state.Time);
        }
    }

    [Fact]
    public void A_step_cut_short_leaves_the_step_size_that_accuracy_affords()
    {
        OdeProblem problem = OdeProblem.Logistic();
        var solver = new AdaptiveSolver(problem, OdeState.At(problem.Start), new OdeTolerance(1e-8, 1e-10));
        for (int i = 0; i < 5; i++)
            solver.Step(2);
        double size = solver.State.StepSize, last = solver.State.LastError, earlier = solver.State.EarlierError;
        solver.Step(solver.State.Time + 1e-6 * size);
        DynamicsAssert.SameBits("step size", size, solver.State.StepSize);
        DynamicsAssert.SameBits("last error", last, solver.State.LastError);
        DynamicsAssert.SameBits("earlier error", earlier, solver.State.EarlierError);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_field_that_stops_being_finite_in_one_unknown_stops_the_integration(int bad)
    {
        // 9 unknowns: whole vectors and a remainder in every vector width
        var start = Enumerable.Repeat(1.0, 9).ToArray();
        var problem = new OdeProblem("wall", start, 2, (y, dy) =>
        {
            Array.Fill(dy, 1.0);
            dy[bad] = y[bad] < 1.5 ? 1 : double.NaN;
        }, t => [.. start.Select(x => x + t)]);
        var solver = new AdaptiveSolver(problem, OdeState.At(start), new OdeTolerance(1e-6, 1e-8));
        var failure = Assert.Throws<DivergedException>(() =>
        {
            while (solver.State.Time < 2)
                solver.Step(2);
        });
        Assert.Contains("step size", failure.Message, StringComparison.Ordinal);
        Assert.Equal(solver.State.Steps, failure.Step);
        DynamicsAssert.Near("where it stopped", 0.5, solver.State.Time, 1e-6); // probes for the spectral radius reach 3e-7 ahead
    }

    [Fact]
    public void A_start_at_rest_stays_at_rest()
    {
        var problem = new OdeProblem("rest", [1, 2], 1e6, (_, dy) => Array.Clear(dy), _ => [1, 2]);
        Run run = Solve(problem, 1e-6, null);
        DynamicsAssert.SameBits("state", problem.Start, run.Final);
    }

    private static Run Solve(OdeProblem problem, double tolerance, OdeMethod? method, bool exact = true)
    {
        var solver = new AdaptiveSolver(problem, OdeState.At(problem.Start), new OdeTolerance(tolerance, 1e-2 * tolerance), method);
        double worst = 0, stabilized = 0;
        while (solver.State.Time < problem.End)
        {
            solver.Step(problem.End);
            if (exact)
            {
                // mixed error, as the tolerance is mixed
                double[] solution = problem.Solution(solver.State.Time);
                worst = Math.Max(worst, problem.ErrorAt(solver.State.Time, solver.State.Y) / Math.Max(1, solution.Max(Math.Abs)));
            }

            if (solver.State.Method == OdeMethod.Chebyshev)
                stabilized += solver.State.Time - solver.StepStart;
        }

        return new(solver.State.Y, worst, solver.State.Evaluations, stabilized / problem.End);
    }

    private sealed record Run(double[] Final, double WorstError, long Evaluations, double ChebyshevShare);
}
