using System.Globalization;

namespace Staircase.Lab;

/// <summary>Theory laid over a run on vector-valued tasks: how far each is from simulation, in what error, and which one simulation follows.</summary>
/// <param name="Study">What was trained.</param>
/// <param name="Simulation">The mean of its trainings.</param>
/// <param name="Theories">Theories at the recorded epochs, the exact one first.</param>
internal sealed record VectorComparison(VectorStudy Study, SimulatedCourse Simulation, IReadOnlyList<(string Name, IReadOnlyList<VectorPoint> Course)> Theories)
{
    /// <summary>Reads a run.</summary>
    /// <exception cref="InputException">Its table is missing or broken, or has a single row.</exception>
    public static VectorComparison Read(VectorStudy study, RunFolder folder)
    {
        int D = study.Task.InputDimension;
        IReadOnlyList<TrajectoryPoint> points = MetricsTable.Read(folder, VectorTrainer.Columns(study).Count);
        if (points.Count < 2)
            throw new InputException($"{folder.MetricsPath}: {points.Count} points were recorded; a comparison needs at least two.");
        double[] times = [.. points.Select(point => point.Time)];
        var simulation = new SimulatedCourse(times, [.. points.Select(p => (double[])[p.Loss, .. p.Strengths[..D]])], [.. points.Select(p => p.Strengths[D..])]);
        return new(study, simulation, study.Theories(times));
    }

    /// <summary>The comparison for people and machines.</summary>
    public Findings Findings()
    {
        Deviation[][] deviations = [.. Theories.Select(theory => Enumerable.Range(0, Simulation.Mean[0].Length).Select(column => Simulation.From(theory.Course, column)).ToArray())];
        var table = new Table("",
            ["", "at the end", .. Theories.Select(t => t.Name), .. Theories.SelectMany(t => new[] { $"largest deviation from the {t.Name}", "rms" })],
            [.. Enumerable.Range(0, Simulation.Mean[0].Length).Select(c => (IReadOnlyList<string>)
            [
                c == 0 ? "loss" : $"mode {c}", WithError(Simulation.Mean[^1][c], Simulation.Error[^1][c]), .. Theories.Select(t => Number(SimulatedCourse.Row(t.Course[^1])[c])),
                .. deviations.SelectMany(d => new[] { d[c].ToString(), Small(d[c].RootMeanSquare) }),
            ])]);
        return new([table], [.. Study.Announcements, Verdict(deviations)], new
        {
            Experiment = Study.Settings,
            Study.Announcements,
            Follows = Follows(deviations),
            Verdict = Verdict(deviations),
            MonteCarloError = Root(deviations[0], d => d.RootMeanSquareError),
            End = new { Epoch = Simulation.Times[^1], Loss = Simulation.Mean[^1][0], LossError = Simulation.Error[^1][0], Strengths = Simulation.Mean[^1][1..], StrengthErrors = Simulation.Error[^1][1..] },
            Theories = Theories.Zip(deviations).Select(pair => new
            {
                pair.First.Name,
                EndLoss = pair.First.Course[^1].Loss,
                EndStrengths = pair.First.Course[^1].Strengths,
                Loss = pair.Second[0],
                Strengths = pair.Second[1..],
            }),
        });
    }

    /// <summary>The run as a part of a report.</summary>
    public ReportSection Section(string name, RunRecord record)
    {
        Findings findings = Findings();
        string ending = record.Status == RunStatus.Finished
            ? $"Trained {record.Step.ToString("N0", CultureInfo.InvariantCulture)} epochs in {Number(record.WallSeconds)} s with version {record.Version}."
            : $"This run is {record.Status.ToString().ToLowerInvariant()} at epoch {record.Step.ToString("N0", CultureInfo.InvariantCulture)}.";
        return new ReportSection
        {
            Id = "run",
            Title = name,
            Lead = $"{Study.Description} {ending}",
            Command = $"staircase report {name}",
            Plots = [PlotOf("loss", "Loss", "loss", ["loss"], 0), PlotOf("strengths", "Strength of each mode", "strength a", [.. Enumerable.Range(1, Study.Task.InputDimension).Select(i => $"a{i}")], 1)],
            Tables = [findings.Tables[0] with { Title = "Theory over simulation, in the end and along the course" }],
            Settings = record.Experiment,
            Notes = findings.Sentences,
        };
    }

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);

    private static string Small(double value) => value.ToString("G2", CultureInfo.InvariantCulture);

    private static string WithError(double value, double error) => double.IsNaN(error) ? Number(value) : $"{Number(value)} ± {Small(error)}";

    /// <summary>Over all strengths.</summary>
    private static double Root(Deviation[] deviations, Func<Deviation, double> of) => Math.Sqrt(deviations.Skip(1).Average(d => of(d) * of(d)));

    /// <summary>The theory that simulation follows; null where the two are nearer to each other than simulation can tell, or there is one only.</summary>
    private string? Follows(Deviation[][] deviations)
    {
        if (Theories.Count < 2)
            return null;
        double exact = Root(deviations[0], d => d.RootMeanSquare), closed = Root(deviations[1], d => d.RootMeanSquare), error = Root(deviations[0], d => d.RootMeanSquareError);
        return Math.Abs(exact - closed) < error ? null : Theories[exact < closed ? 0 : 1].Name;
    }

    private string Verdict(Deviation[][] deviations)
    {
        double error = Root(deviations[0], d => d.RootMeanSquareError);
        string distances = string.Join(" and ", Theories.Zip(deviations).Select(pair => $"{Small(Root(pair.Second, d => d.RootMeanSquare))} from the {pair.First.Name}"));
        string measured = $"root mean square over all strengths {distances}, Monte Carlo error {(double.IsNaN(error) ? "unknown from one training (--trainings)" : Small(error))}";
        if (Theories.Count < 2)
            return $"Simulation beside the {Theories[0].Name}: {measured}.";
        return Follows(deviations) is { } followed
            ? $"Simulation follows the {followed}, not the {Theories.First(t => t.Name != followed).Name}: {measured}."
            : $"The {Theories[0].Name} and the {Theories[1].Name} are nearer to each other than this simulation can tell: {measured}.";
    }

    private Plot PlotOf(string id, string title, string label, string[] names, int firstColumn) => new()
    {
        Id = id,
        Title = title,
        Caption = $"Solid: simulation, the mean of {Study.Experiment.Trainings} trainings. Dashed: the {Theories[0].Name}.{(Theories.Count > 1 ? $" Dotted: the {Theories[1].Name}." : "")}",
        X = new("epoch"),
        Y = new(label),
        Series =
        [
            .. names.SelectMany((name, i) => (IEnumerable<Series>)
            [
                new($"simulated {name}", SeriesRole.Measured, Simulation.Times, Simulation.Column(firstColumn + i), i),
                .. Theories.Select((theory, k) => new Series(
                    $"{theory.Name} {name}", k == 0 ? SeriesRole.Predicted : SeriesRole.Guide, Simulation.Times, [.. theory.Course.Select(p => SimulatedCourse.Row(p)[firstColumn + i])], i)),
            ]),
        ],
    };
}
