namespace Staircase.Tests;

/// <summary>A head on its own clock beside the equations v̇ = Σ g k·q, k̇ = v g q, q̇ = v g k that the clock solves.</summary>
public class EscapeClockTests
{
    private const double Integration = 1e-8; // the equations are integrated to 1e-12 a step; the clock to 1e-10 a step
    private const double Turning = 2e-6;     // where v² = 0 its rounding, 1e-16, is 1e-8 of v, and more the flatter v² is there

    public static TheoryData<string> Names => [.. Heads().Select(head => head.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Reading_after_a_time_agrees_with_the_integrated_head(string name)
    {
        Head head = Heads().First(h => h.Name == name);
        EscapeClock clock = head.Clock();
        double escape = clock.Reach(1e6 * head.Scale, double.PositiveInfinity)!.Value.Time;
        AdaptiveSolver solver = head.Solver();
        foreach (double share in (double[])[0.01, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999])
        {
            double time = share * escape;
            while (solver.State.Time < time)
                solver.Step(time);
            EscapeClock.Reading reading = clock.After(time);
            // v̇ ≈ g v² near escape: an error δ of the time is one of g v t δ, relative, in v and of g v t δ in the clock g s.
            double v = solver.State.Y[0], s = solver.State.Y[^1];
            double tolerance = head.ToleranceOf(clock) * (1 + head.Fastest * Math.Abs(v) * time);
            Expect.Relative($"{name}: v after {share} of the time to escape", v, reading.Value, tolerance, head.Scale);
            Expect.Relative($"{name}: ∫ v dt after {share} of it", s, reading.Clock, tolerance, 1 / head.Fastest);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Times_to_values_and_to_escape_agree_with_the_integrated_head(string name)
    {
        Head head = Heads().First(h => h.Name == name);
        EscapeClock clock = head.Clock();
        foreach (double multiple in (double[])[3, 30, 1000])
        {
            EscapeClock.Reading at = clock.Reach(multiple * head.Scale, double.PositiveInfinity)!.Value;
            double time = at.Time, value = Math.Abs(at.Value);
            Assert.True(value >= multiple * head.Scale, $"{name}: asked for {multiple * head.Scale:R}, reached {value:R}");
            Assert.Null(clock.Reach(multiple * head.Scale, 0.5 * time));
            AdaptiveSolver solver = head.Solver();
            while (solver.State.Time < time)
                solver.Step(time);
            Assert.Equal(Math.Sign(at.Value), Math.Sign(solver.State.Y[0]));
            // The time is compared: v̇ ≈ g v² at such values, so an error of v is one of time divided by g v².
            double error = Math.Abs(Math.Abs(solver.State.Y[0]) - value) / (head.Fastest * value * value);
            Assert.True(
                error <= head.ToleranceOf(clock) * time,
                $"{name}: |v| reaches {value:G3} at {time:R}, where it is {solver.State.Y[0]:R}; relative error of the time "
                + $"{error / time:E2}, allowed {head.ToleranceOf(clock):E2}");

            while (Math.Abs(solver.State.Y[0]) < 1e10 * head.Scale)
                solver.Step(double.PositiveInfinity);
            Expect.Relative($"{name}: time to escape", solver.State.Time, time + clock.TimeToEscape(at), head.ToleranceOf(clock));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_head_turns_where_the_integrated_one_changes_its_sign(string name)
    {
        Head head = Heads().First(h => h.Name == name);
        EscapeClock clock = head.Clock();
        AdaptiveSolver solver = head.Solver();
        double lowest = double.PositiveInfinity;
        bool turned = false;
        while (Math.Abs(solver.State.Y[0]) < 10 * head.Scale)
        {
            solver.Step(double.PositiveInfinity);
            turned |= Math.Sign(solver.State.Y[0]) != Math.Sign(head.V);
            lowest = Math.Min(lowest, Math.Abs(solver.State.Y[0]));
        }

        int sign = Math.Sign(clock.Reach(10 * head.Scale, double.PositiveInfinity)!.Value.Value);
        Assert.True(
            head.Turns is null || head.Turns == turned,
            $"{name}: the case was built for Turns = {head.Turns}, the integrated head has {turned}");
        Assert.Equal(turned ? -Math.Sign(head.V) : Math.Sign(head.V), sign);
        if (!turned)
        {
            // Steps sample v, so the lowest seen is slightly above the lowest there is.
            double margin = Math.Min(1, lowest * lowest / (head.V * head.V));
            Assert.True(
                clock.Margin() <= margin * (1 + 1e-9) && clock.Margin() > 0,
                $"{name}: margin expected in (0, {margin:R}], actual {clock.Margin():R}");
        }
        else
        {
            Assert.True(clock.Margin() < 0, $"{name}: a head that turns has a negative margin, actual {clock.Margin():R}");
        }
    }

    /// <summary>One mode, k + q = √A and k − q = √B: v² is lowest at v₀² − (√B − √A)²/4.</summary>
    [Theory]
    [InlineData(1.5)]
    [InlineData(1.001)]
    [InlineData(0.999)]
    [InlineData(0.5)]
    public void The_margin_of_one_mode_is_known_in_closed_form(double share)
    {
        const double A = 0.04, B = 1;
        double critical = (Math.Sqrt(B) - Math.Sqrt(A)) / 2, v = share * critical;
        var clock = new EscapeClock(v, [A], [B], [0.3]);
        Expect.Relative($"margin at {share} of the critical value", 1 - 1 / (share * share), clock.Margin(), 1e-9, 1);
        Assert.Equal(share < 1, clock.Margin() < 0);
    }

    /// <summary>k = q = v in one mode: v̇ = g v², so 1/v falls linearly.</summary>
    [Theory]
    [InlineData(0.2)]
    [InlineData(-0.2)]
    public void A_balanced_aligned_head_escapes_at_one_over_drive_and_value(double v)
    {
        const double g = 0.7;
        double k = Math.Abs(v), q = v; // v k q must grow: v·(k q) > 0
        var clock = new EscapeClock(v, [(k + q) * (k + q)], [(k - q) * (k - q)], [g]);
        EscapeClock.Reading now = clock.After(0), later = clock.Reach(5 * Math.Abs(v), double.PositiveInfinity)!.Value;
        Expect.Relative("time to escape", 1 / (g * Math.Abs(v)), clock.TimeToEscape(now), 1e-9);
        Expect.Relative(
            "time to more than five times the start", (1 - Math.Abs(v / later.Value)) / (g * Math.Abs(v)), later.Time, Integration);
        Expect.Relative("clock at six times the start", Math.Sign(v) * Math.Log(6) / g, clock.ClockAt(6 * Math.Abs(v), now), Integration);
        Expect.Relative("v half-way", 2 * v, clock.After(0.5 / (g * Math.Abs(v))).Value, Integration);
    }

    /// <summary>The idle heads of a race obey the equations that the clock solves.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Idle_heads_of_a_race_move_as_the_clock_assumes(string name)
    {
        const double rounding = 1e-14;
        Head head = Heads().First(h => h.Name == name);
        int D = head.Drives.Length;
        var model = new SeparateAttention(D, 1, head.Rank);
        double[] drive = new double[D * D];
        for (int d = 0; d < D; d++)
            drive[d * (D + 1)] = head.Drives[d];
        double[] y = [head.V, .. head.K, .. head.Q], expected = new double[head.Size], actual = new double[y.Length + 1];
        head.Evaluate([.. y, 0], expected);
        var constant = new PiecewiseDrive(drive.Length);
        constant.Begin(0, drive);
        var idle = new IdleHeads(model, y, 0, constant, Integration, head.Scale);
        idle.Evaluate([.. y, 0], actual);
        Expect.Relative($"{name}: slope of v, k and q", expected.AsSpan(0, y.Length), actual.AsSpan(0, y.Length), rounding);
    }

    /// <summary>
    /// G(t) = p(t) G₀ only changes the pace: heads are then where a constant drive has them after ∫p dt. Here p is a parabola on each of
    /// two pieces, which the pieces carry exactly.
    /// </summary>
    [Fact]
    public void Idle_heads_under_a_changing_drive_are_where_a_constant_one_has_them_later()
    {
        const double tolerance = 1e-10, agreement = 1e-7;
        Head head = Heads().First();
        int D = head.Drives.Length;
        var model = new SeparateAttention(D, 1, 1);
        double[] y = [head.V, .. head.K, .. head.Q];
        double half = 0.1 * head.Clock().Reach(1e6 * head.Scale, double.PositiveInfinity)!.Value.Time;
        var rising = new PiecewiseDrive(D * D);
        rising.Begin(0, Drive(1));
        for (int point = 1; point <= 2 * PiecewiseDrive.Points; point++)
        {
            double θ = (double)point / PiecewiseDrive.Points;
            rising.Add(θ * half, Drive(Rising(Math.Min(1, θ))));
        }

        var idle = new IdleHeads(model, y, 0, rising, tolerance, head.Scale);
        Assert.False(idle.Advance(() => false));

        // ∫₀¹ (1 + θ²) dθ + 2 = 10/3 halves.
        AdaptiveSolver solver = head.Solver();
        while (solver.State.Time < 10.0 / 3 * half)
            solver.Step(10.0 / 3 * half);
        Expect.Relative("v, k and q", solver.State.Y.AsSpan(0, y.Length), idle.Weights.ToArray(), agreement);

        static double Rising(double θ) => 1 + θ * θ;

        double[] Drive(double pace)
        {
            double[] drive = new double[D * D];
            for (int d = 0; d < D; d++)
                drive[d * (D + 1)] = pace * head.Drives[d];
            return drive;
        }
    }

    private static IEnumerable<Head> Heads()
    {
        double[] drives = [0.16, 0.09, 0.04, 0.01];
        for (ulong seed = 1; seed <= 8; seed++)
        {
            foreach (int rank in (int[])[1, 2])
            {
                var random = new RandomStream(seed, RandomPurpose.Probe, rank);
                double v = random.NextNormal();
                double[] k = new double[4 * rank], q = new double[4 * rank];
                random.FillNormal(k);
                random.FillNormal(q);
                yield return new($"random {seed}, rank {rank}", v, k, q, drives, rank, null, Integration);
                yield return new(
                    $"random {seed}, rank {rank}, tiny and backwards", -1e-3 * v, [.. k.Select(x => 1e-3 * x)],
                    [.. q.Select(x => 1e-3 * x)], drives, rank, null, Integration);
            }
        }

        // One mode, √A = 0.2 and √B = 1: the critical value is 0.4, where the head would creep to zero for ever.
        foreach (double share in (double[])[1.2, 1.01, 1.0001, 0.9999, 0.99, 0.8])
        {
            // Near the critical value times grow as ln|1 − share| and errors of v as 1/|1 − share|.
            double tolerance = Math.Max(Integration, 1e-9 / Math.Abs(1 - share));
            yield return new($"critical × {share}", 0.4 * share, [0.6], [-0.4], [0.3], 1, share < 1, tolerance);
            yield return new($"critical × −{share}", -0.4 * share, [0.6], [0.4], [0.3], 1, share < 1, tolerance);
        }

        yield return new("a second mode rescues", 0.2, [0.6, 0.3], [-0.4, 0.3], [0.3, 0.2], 1, null, Integration);
    }

    /// <summary>k and q are R×D.</summary>
    private sealed record Head(
        string Name, double V, double[] K, double[] Q, double[] Drives, int Rank, bool? Turns, double Tolerance) : IVectorField
    {
        public double Fastest => Drives.Max();

        public int Size => 2 * K.Length + 2;

        public double Scale => Math.Max(Math.Abs(V), Math.Max(K.Max(Math.Abs), Q.Max(Math.Abs)));

        public double ToleranceOf(EscapeClock clock) => clock.Margin() < 0 ? Math.Max(Tolerance, Turning) : Tolerance;

        public EscapeClock Clock()
        {
            int D = Drives.Length;
            double[] sums = new double[D], differences = new double[D];
            for (int i = 0; i < K.Length; i++)
            {
                sums[i % D] += (K[i] + Q[i]) * (K[i] + Q[i]);
                differences[i % D] += (K[i] - Q[i]) * (K[i] - Q[i]);
            }

            return new(V, sums, differences, Drives);
        }

        /// <summary>Unknowns v, k, q and the clock ∫ v dt.</summary>
        public AdaptiveSolver Solver() =>
            new(this, OdeState.At([V, .. K, .. Q, 0]), new OdeTolerance(1e-12, 1e-13 * Scale), OdeMethod.DormandPrince);

        public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
        {
            int n = K.Length;
            derivative[0] = 0;
            for (int i = 0; i < n; i++)
            {
                double g = Drives[i % Drives.Length], k = y[1 + i], q = y[1 + n + i];
                derivative[0] += g * k * q;
                derivative[1 + i] = y[0] * g * q;
                derivative[1 + n + i] = y[0] * g * k;
            }

            derivative[^1] = y[0];
            return 0;
        }
    }
}
