namespace Staircase.Lab;

/// <summary>An experiment with everything resolved: what it predicts, how it trains, and what is to be seen in a run of it.</summary>
public abstract class Study
{
    /// <param name="experiment">The experiment, with every key that was resolved.</param>
    protected Study(Experiment experiment) => Experiment = experiment;

    /// <summary>The experiment, resolved: the same settings prepare the same study.</summary>
    public Experiment Experiment { get; }

    /// <summary>Its kind.</summary>
    public ExperimentKind Kind => Experiment.Kind;

    /// <summary>Every key that is set, as text.</summary>
    public IReadOnlyDictionary<string, string> Settings => Experiment.Write();

    /// <summary>What is trained on what, in a line.</summary>
    public abstract string Description { get; }

    /// <summary>What a person should know before training starts.</summary>
    public virtual IReadOnlyList<string> Announcements => [];

    /// <summary>The results of the theory that it uses.</summary>
    public virtual IReadOnlyList<Result> Results => [];

    /// <summary>Which steps are recorded and kept.</summary>
    public abstract TrainingPlan Plan { get; }

    /// <summary>What to do where training diverges, as a sentence.</summary>
    public virtual string Advice => "Lower ‹learning-rate› or ‹init›.";

    /// <summary>What one waits for in a training and how it stands, by the last row; null where that is the loss.</summary>
    public virtual string? Awaited(Trajectory soFar) => null;

    /// <summary>What theory says, without training.</summary>
    /// <exception cref="InputException">There is no theory; the message says why.</exception>
    public abstract Findings Predict();

    /// <summary>The study with an end of training, where none was given: theory's.</summary>
    /// <exception cref="InputException">Theory does not say when training ends.</exception>
    public virtual Study WithEnd() => this;

    /// <summary>A training at its start.</summary>
    public abstract ITraining Begin();

    /// <summary>What came of a run: theory over measurement.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public abstract Findings Findings(Run run);

    /// <summary>What happened in a run and why, in sentences with its numbers: a paragraph each.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public virtual IReadOnlyList<string> Explain(Run run) => run.Findings.Sentences;

    /// <summary>The part of a report that shows a run; its title, lead, settings and command are filled in by the report.</summary>
    public abstract ReportSection Section(Run run);

    /// <summary>The loss of a run for a plot of several runs, with theory where there is one.</summary>
    /// <param name="run">The run.</param>
    /// <param name="useTime">Whether the plot's axis is time; else it is the step.</param>
    /// <param name="suffix">What tells the series from those of other runs.</param>
    /// <param name="colour">Their colour.</param>
    public virtual IReadOnlyList<Series> LossCurves(Run run, bool useTime, string suffix, int colour) =>
        [new($"loss{suffix}", SeriesRole.Measured, run.Positions(useTime), [.. run.Trajectory.Losses], colour)];

    /// <summary>Writes the data and the initial weights for other programs.</summary>
    /// <returns>What was written: for the terminal, and as JSON.</returns>
    /// <exception cref="InputException">There are none to write, or they cannot be written.</exception>
    public virtual Findings Export(string path) => throw new InputException($"Experiments of kind {Kind.Name} have no data to export.");
}
