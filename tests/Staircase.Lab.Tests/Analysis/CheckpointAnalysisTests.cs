using Staircase.Checkpoints;
using static Staircase.Lab.Tests.AnalyzedSeries;

namespace Staircase.Lab.Tests;

/// <summary>Analyses of series whose ranks, norms, spaces and transitions are known by construction.</summary>
public sealed class CheckpointAnalysisTests : IDisposable
{
    /// <summary>Rounding of decompositions in double precision.</summary>
    private const double Rounding = 1e-12;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(5, 0)]
    public void Ranks_and_norms_are_those_of_the_singular_values(double first, double second)
    {
        Term[] circuit = [new(first, Axis(0), Axis(2)), new(second, Axis(1), Axis(3))];
        AnalysisRow row = Assert.Single(Analyze([7], _ => Head(circuit, circuit)).Rows);
        double p = first / (first + second), entropy = -(p * Math.Log(p)) - (second == 0 ? 0 : (1 - p) * Math.Log(1 - p));
        foreach (CircuitMeasures measures in new[] { row.QK!, row.OV! })
        {
            Near(Math.Exp(entropy), measures[CircuitMeasure.EffectiveRank]);
            Near(entropy / Math.Log(2), measures[CircuitMeasure.NormalizedEffectiveRank]); // heads of dimension 2: two can differ from zero
            Near(1 + second * second / (first * first), measures[CircuitMeasure.StableRank]);
            Near(Math.Sqrt(first * first + second * second), measures[CircuitMeasure.Norm]);
            Near(first, measures[CircuitMeasure.LargestSingularValue]);
        }
    }

    /// <summary>QK by its rows (keys), OV by its columns (what is written): the other side turns, too, and must not be seen.</summary>
    [Fact]
    public void Distances_are_sines_of_the_angle_to_the_last_and_angles_those_to_the_previous_checkpoint()
    {
        double[] angles = [1.1, 0.7, 0.2, 0];
        CheckpointAnalysis analysis = Analyze([1, 2, 3, 4], step =>
        {
            double φ = angles[step - 1];
            return Head([new(2, Turned(0.9 * step, 2, 3), Turned(φ))], [new(3, Turned(φ / 2), Turned(1.3 * step, 2, 3))]);
        });
        Assert.Equal([1L, 2, 3, 4], analysis.Rows.Select(row => row.Step));
        for (int c = 0; c < angles.Length; c++)
        {
            (CircuitMeasures qk, CircuitMeasures ov) = (analysis.Rows[c].QK!, analysis.Rows[c].OV!);
            Near(Math.Sin(angles[c]), qk[CircuitMeasure.SubspaceDistance]);
            Near(Math.Sin(angles[c] / 2), ov[CircuitMeasure.SubspaceDistance]);
            double turn = c == 0 ? double.NaN : angles[c - 1] - angles[c];
            Near(turn, qk[CircuitMeasure.GeodesicToPrevious], 1e-7); // an arc cosine near 1 has half the digits
            Near(turn / 2, ov[CircuitMeasure.GeodesicToPrevious], 1e-7);
            Near(Math.Pow(Math.Cos(turn), 2), qk[CircuitMeasure.OverlapWithPrevious]);
            Near(Math.Pow(Math.Cos(turn / 2), 2), ov[CircuitMeasure.OverlapWithPrevious]);
        }
    }

    /// <summary>The two directions change places: the leading one turns by a right angle, the plane of both stays.</summary>
    [Theory]
    [InlineData(1, Math.PI / 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(9, 0, 1)]
    public void As_many_leading_directions_are_compared_as_are_asked_for(int directions, double angle, double overlap)
    {
        CircuitMeasures last = Analyze([1, 2], step =>
        {
            Term[] circuit = [new(step == 1 ? 3 : 1, Axis(0), Axis(0)), new(step == 1 ? 1 : 3, Axis(1), Axis(1))];
            return Head(circuit, circuit);
        }, options => options with { Directions = directions }).Rows[^1].QK!;
        Near(angle, last[CircuitMeasure.GeodesicToPrevious], 1e-7);
        Near(overlap, last[CircuitMeasure.OverlapWithPrevious]);
    }

    /// <summary>Copying, the opposite of it, a swap with eigenvalues 1 and −1, and sizes 3 and −1.</summary>
    [Fact]
    public void The_positivity_of_OV_is_the_sum_of_its_eigenvalues_over_that_of_their_sizes()
    {
        Term[][] circuits =
        [
            [new(2, Axis(0), Axis(0)), new(5, Axis(1), Axis(1))],
            [new(-2, Axis(0), Axis(0)), new(-5, Axis(1), Axis(1))],
            [new(1, Axis(0), Axis(1)), new(1, Axis(1), Axis(0))],
            [new(3, Axis(2), Axis(2)), new(-1, Axis(3), Axis(3))],
        ];
        CheckpointAnalysis analysis = Analyze([1], _ => Heads(
            [.. circuits.Select(ov => (circuits[0], ov))], [.. circuits.Select(ov => (ov, circuits[1]))]));
        Assert.Equal("transformerlens", analysis.Layout);
        Assert.Equal(
            [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)],
            analysis.Rows.Select(row => (row.Layer!.Value, row.Head!.Value)));
        double[] expected = [1, -1, 0, 0.5, -1, -1, -1, -1];
        for (int i = 0; i < expected.Length; i++)
            Near(expected[i], analysis.Rows[i].OV![CircuitMeasure.EigenvaluePositivity]);
        Near(0.5, analysis.Rows[7].QK![CircuitMeasure.EigenvaluePositivity]);
    }

    [Fact]
    public void Plain_matrices_and_stacks_of_them_are_measured_by_their_rows()
    {
        CheckpointAnalysis analysis = Analyze([1, 2], step =>
        [
            Matrix("w", 1, 3, step == 1 ? [3, 4, 0] : [1, 0, 0]),
            TensorToWrite.Create("stack", [2, 2, 2], new double[] { 1, 0, 0, 1, step, 0, 0, 0 }),
            TensorToWrite.Create("bias", [2], new double[] { 1, 1 }),
            Matrix("grows", (int)step, 1, [.. Enumerable.Repeat(1.0, (int)step)]),
            Matrix("zero", 2, 2, 0, 0, 0, 0),
        ], options => options with { Tensors = "." });
        Assert.Null(analysis.Layout);
        string[] subjects = [.. analysis.Rows.Where(row => row.Step == 1).Select(row => row.Subject).Order(StringComparer.Ordinal)];
        Assert.Equal(["grows", "stack[0]", "stack[1]", "w", "zero"], subjects, StringComparer.Ordinal);
        Near(0.8, Of("w")[CircuitMeasure.SubspaceDistance]); // (1, 0, 0) outside of the span of (3, 4, 0)
        Near(Math.Acos(0.6), Of("w", 2)[CircuitMeasure.GeodesicToPrevious], 1e-7);
        Near(double.NaN, Of("w")[CircuitMeasure.EigenvaluePositivity]); // not square
        Near(2, Of("stack[0]")[CircuitMeasure.EffectiveRank]);
        Near(1, Of("stack[1]")[CircuitMeasure.EffectiveRank]);
        Near(2, Of("stack[1]", 2)[CircuitMeasure.Norm]);
        Near(double.NaN, Of("grows")[CircuitMeasure.SubspaceDistance]); // of another shape at the end
        Near(double.NaN, Of("grows", 2)[CircuitMeasure.OverlapWithPrevious]);
        Near(Math.Sqrt(2), Of("grows", 2)[CircuitMeasure.Norm]);
        Near(0, Of("zero")[CircuitMeasure.Norm]);
        Near(double.NaN, Of("zero")[CircuitMeasure.SubspaceDistance]);

        CircuitMeasures Of(string subject, long step = 1) =>
            analysis.Rows.Single(row => row.Step == step && row.Subject == subject).Matrix!;
    }

    [Fact]
    public void What_is_not_finite_is_a_finding_and_has_no_numbers()
    {
        CheckpointAnalysis analysis = Analyze(
            [1, 2, 3], step => [Matrix("w", 1, 2, step == 2 ? double.NaN : step, 0)], options => options with { Tensors = "w" });
        AuditFinding finding = Assert.Single(analysis.Findings);
        Assert.Equal((AuditKind.NotFinite, 2L), (finding.Kind, finding.Step));
        Assert.All(analysis.Columns, column => Assert.True(double.IsNaN(column.Of(analysis.Rows[1]))));
        Near(double.NaN, analysis.Rows[2].Matrix![CircuitMeasure.GeodesicToPrevious]); // there is nothing before it
        Near(3, analysis.Rows[2].Matrix![CircuitMeasure.Norm]);
    }

    [Fact]
    public void The_audit_comes_before_the_measures_and_finds_repeated_stale_changed_and_jumping_checkpoints()
    {
        CheckpointAnalysis? audited = null;
        _ = Analyze([1, 2, 3, 4, 5, 6, 7, 8], step =>
        [
            Matrix("a", 1, 1, step == 2 ? 1 : step == 8 ? 100 : 1 + 0.01 * step * (step == 1 ? 0 : 1)),
            Matrix("b", 1, 1, step == 5 ? 4 : step == 2 ? 1 : step),
            .. step == 7 ? [] : new[] { Matrix("c", 1, 1, 1) },
        ], options => options with { Tensors = "a" }, analysis => audited = analysis);
        Assert.NotNull(audited);
        Assert.Empty(audited.Rows);
        Assert.Equal([(AuditKind.Repeated, 2L), (AuditKind.Stale, 5), (AuditKind.Changed, 7), (AuditKind.Changed, 8), (AuditKind.Jump, 8)],
            audited.Findings.Select(finding => (finding.Kind, finding.Step)));
        Assert.All(audited.Findings, finding => Assert.DoesNotContain('\n', finding.Text));
    }

    [Fact]
    public void Losses_lie_over_the_steps_by_straight_lines()
    {
        string losses = _folder.Write("losses.csv", "epoch_name,Step,train_loss,\"val loss\"\nx,10,4,1\ny,30,2,\n");
        Assert.Throws<InputException>(() => LossTable.Read(_folder.Write("bad.csv", "step,loss\n1,one\n")));
        LossTable table = LossTable.Read(losses);
        Assert.Equal(["train_loss", "val loss"], table.Columns.Select(column => column.Name), StringComparer.Ordinal);
        Near(4, table.At(0, 10));
        Near(3.5, table.At(0, 15));
        Near(double.NaN, table.At(0, 31));
        Near(double.NaN, table.At(1, 30));
        CheckpointAnalysis analysis = Analyze(
            [10, 20], step => [Matrix("w", 1, 1, step)], options => options with { Tensors = "w", Losses = losses });
        Near(3, analysis.Losses!.At(0, analysis.Steps[1]));
    }

    /// <summary>The second direction comes in between steps 290 and 300; the losses fall between 390 and 400.</summary>
    [Fact]
    public void A_transition_is_found_where_the_rank_or_the_loss_changes()
    {
        var random = new Random(3);
        IEnumerable<string> lines = Enumerable.Range(0, 60).Select(i =>
            FormattableString.Invariant($"{10 * i},{(i < 40 ? 2 : 1) + 0.002 * random.NextDouble()}"));
        string losses = _folder.Write("losses.csv", $"step,loss\n{string.Join('\n', lines)}");
        CheckpointAnalysis analysis = Analyze(Enumerable.Range(0, 60).Select(i => 10L * i),
            step => [Matrix("w", 2, 2, 1, 0, 0, (step < 300 ? 0.01 : 1) + 0.002 * random.NextDouble())],
            options => options with { Tensors = "w", Losses = losses });
        Assert.Null(analysis.NoTransitions);
        string[] measures = [.. analysis.Transitions.Select(transition => transition.Measure).Order(StringComparer.Ordinal)];
        Assert.Equal(["effectiveRank", "loss", "norm", "stableRank"], measures, StringComparer.Ordinal);
        foreach (AnalysisTransition transition in analysis.Transitions)
        {
            bool ofLoss = transition.Subject == "loss";
            Near(ofLoss ? 395 : 295, transition.Step);
            Assert.InRange(transition.Step, transition.Earliest, transition.Latest);
            Assert.Equal(!ofLoss, transition.Size > 0);
            Assert.InRange(transition.FalseAlarmRate, 0, analysis.Options.Level);
        }
    }

    [Fact]
    public void A_constant_series_has_no_transition_and_a_short_one_says_why()
    {
        CheckpointAnalysis constant = Analyze(
            Enumerable.Range(0, 40).Select(i => (long)i), _ => [Matrix("w", 2, 2, 1, 0, 0, 0.5)],
            options => options with { Tensors = "w" });
        Assert.Null(constant.NoTransitions);
        Assert.Empty(constant.Transitions);
        CheckpointAnalysis few = Analyze(
            Enumerable.Range(0, 39).Select(i => (long)i), step => [Matrix("w", 1, 1, step < 20 ? 1 : 9)],
            options => options with { Tensors = "w", Selection = new(To: 38) });
        Assert.Empty(few.Transitions);
        Assert.StartsWith("39 checkpoints are too few", few.NoTransitions, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_choose_checkpoints_and_tensors()
    {
        string path = Write(_folder, [0, 10, 20, 30, 40, 50], step => [Matrix("in.w", 1, 1, step + 1), Matrix("out.w", 1, 1, -step - 1)]);
        Assert.Equal([10L, 30], Steps(new() { Paths = [path], Tensors = "w", Selection = new(From: 10, To: 40, Every: 2) }));
        Assert.Equal([0L, 30], Steps(new() { Paths = [path], Tensors = "w", Selection = new(Every: 3) }));
        Assert.Equal([1L, 2, 3, 4, 5], Steps(new() { Paths = [path], Tensors = "w", Selection = new(@"step(\d)0") }));
        CheckpointAnalysis one = Run(new() { Paths = [path], Tensors = "^out", Mapped = true });
        Assert.Equal("out.w", Assert.Single(one.Rows.Select(row => row.Subject).Distinct(StringComparer.Ordinal)));

        static IEnumerable<long> Steps(AnalysisOptions options) => Run(options).Rows.Select(row => row.Step).Distinct();
    }

    [Fact]
    public void What_cannot_be_analyzed_is_said_in_one_line()
    {
        string path = Write(_folder, [1, 2], _ => [Matrix("w", 1, 1, 1)]);
        Refused(new() { Paths = [path] }, "no attention weights of a known layout", "w [1, 1]");
        Refused(new() { Paths = [path], Tensors = "v" }, "no matrix whose name matches 'v'");
        Refused(new() { Paths = [path], Tensors = "(" }, "(");
        Refused(new() { Paths = [path], Storage = new("llama") }, "no tensors of layout llama");
        Refused(new() { Paths = [path], Tensors = "w", Selection = new(From: 5, To: 9) }, "of steps 5 to 9");
        Refused(new() { Paths = [path], Tensors = "w", Selection = new("step") }, "one group");
        Refused(new() { Paths = [_folder["none"]], Tensors = "w" }, "none");
        Refused(new() { Paths = [path], Tensors = "w", Losses = _folder["none.csv"] }, "none.csv");
        _ = _folder.Write("a.csv", "loss,other\n1,2\n");
        Refused(new() { Paths = [path], Tensors = "w", Losses = _folder["a.csv"] }, "a.csv, line 1", "'step'");
        _ = _folder.Write("b.csv", "step,loss\n1,2,3\n");
        Refused(new() { Paths = [path], Tensors = "w", Losses = _folder["b.csv"] }, "b.csv, line 2", "expected 2 cells, found 3");
        File.WriteAllText(Path.Combine(path, "step2.safetensors"), "broken");
        Refused(new() { Paths = [path], Tensors = "w" }, "step2.safetensors");

        static void Refused(AnalysisOptions options, params string[] parts)
        {
            string message = Assert.Throws<InputException>(() => Run(options)).Message;
            Assert.DoesNotContain('\n', message);
            Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Progress_rises_to_one_and_a_cancelled_analysis_stops()
    {
        var fractions = new List<double>();
        Term[] circuit = [new(1, Axis(0), Axis(0))];
        string path = Write(_folder, [1, 2, 3], _ => Head(circuit, circuit));
        var options = new AnalysisOptions { Paths = [path] };
        _ = CheckpointAnalysis.Run(options, progress: new Listener(fractions), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(fractions.Order(), fractions);
        Near(1, fractions[^1]);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => CheckpointAnalysis.Run(options, _ => stop.Cancel(), cancellation: stop.Token));
    }

    [Fact]
    public void Csv_has_a_row_a_checkpoint_and_names_that_a_spreadsheet_does_not_run()
    {
        CheckpointAnalysis analysis = Analyze([1, 2], step => [Matrix("=1+\"a\"", 1, 1, step)],
            options => options with { Tensors = ".", Losses = _folder.Write("l.csv", "step,loss\n1,8\n") });
        AnalysisCsv.Write(_folder["rows.csv"], analysis);
        string[] lines = File.ReadAllLines(_folder["rows.csv"]);
        Assert.Equal(3, lines.Length);
        string[] header = lines[0].Split(',');
        Assert.Equal(["step", "tensor", .. CircuitMeasure.All.Select(measure => measure.Name), "loss"], header, StringComparer.Ordinal);
        Assert.StartsWith("1,\"'=1+\"\"a\"\"\",1,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",8", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",NaN", lines[2], StringComparison.Ordinal);
        Assert.Equal("2", lines[2].Split(',')[Array.IndexOf(header, "norm")]);
    }

    [Fact]
    public void A_report_draws_the_columns_of_the_rows()
    {
        CheckpointAnalysis analysis = Analyze([1, 2, 3], step => Heads(
        [
            ([new(step, Axis(0), Axis(0))], [new(-1, Axis(1), Axis(1))]),
            ([new(1, Axis(0), Turned(step))], [new(1, Axis(1), Axis(1))]),
        ]));
        ReportSection section = Assert.Single(AnalysisReport.Of(analysis).Sections);
        Plot copying = section.Plots.Single(plot => plot.Id == "copying");
        Assert.Equal(["layer 0 head 0", "layer 0 head 1"], copying.Series.Select(series => series.Name), StringComparer.Ordinal);
        Assert.All(copying.Series[0].Y, value => Near(-1, value));
        Assert.All(copying.Series[1].Y, value => Near(1, value));
        Plot distance = section.Plots.Single(plot => plot.Id == "qk-distance");
        Assert.Equal([1.0, 2, 3], distance.Series[1].X);
        Near(Math.Sin(2), distance.Series[1].Y[0]);
        Assert.Equal(3, Assert.Single(section.Weights).Frames.Count);
        Table end = section.Tables.Single(table => table.Title == "At step 3");
        Assert.Equal(["of", .. AnalysisColumn.OfHeads.Select(column => column.Name)], end.Columns, StringComparer.Ordinal);
        Assert.Equal("3", end.Rows[0][1 + AnalysisColumn.OfHeads.ToList().FindIndex(column => column.Name == "qkNorm")]);
    }

    [Fact]
    public void Every_measure_has_a_name_and_a_place_of_its_own()
    {
        Assert.Equal(CircuitMeasure.All.Count, CircuitMeasure.All.Select(measure => measure.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Enumerable.Range(0, CircuitMeasure.All.Count), CircuitMeasure.All.Select(measure => measure.Index));
        CircuitMeasure[] searched = [.. CircuitMeasure.All.Where(measure => measure.HasTransitions)];
        Assert.Equal([CircuitMeasure.EffectiveRank, CircuitMeasure.StableRank, CircuitMeasure.Norm], searched);
        string[] columns = [.. AnalysisColumn.OfHeads.Select(column => column.Name)];
        Assert.Equal(2 * CircuitMeasure.All.Count, columns.Distinct(StringComparer.Ordinal).Count());
    }

    private CheckpointAnalysis Analyze(
        IEnumerable<long> steps, Func<long, TensorToWrite[]> checkpoint,
        Func<AnalysisOptions, AnalysisOptions>? change = null, Action<CheckpointAnalysis>? audited = null)
    {
        var options = new AnalysisOptions { Paths = [Write(_folder, steps, checkpoint)] };
        return Run(change?.Invoke(options) ?? options, audited);
    }

    private static CheckpointAnalysis Run(AnalysisOptions options, Action<CheckpointAnalysis>? audited = null) =>
        CheckpointAnalysis.Run(options, audited, cancellation: TestContext.Current.CancellationToken);

    private static void Near(double expected, double actual, double tolerance = Rounding)
    {
        bool near = double.IsNaN(expected) ? double.IsNaN(actual)
            : Math.Abs(actual - expected) <= tolerance * Math.Max(1, Math.Abs(expected));
        Assert.True(near, $"{actual:R} instead of {expected:R}");
    }

    private sealed class Listener(List<double> fractions) : IProgress<double>
    {
        public void Report(double value) => fractions.Add(value);
    }
}
