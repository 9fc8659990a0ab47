namespace Staircase.Lab;

/// <summary>An experiment with everything resolved: what it predicts, how it trains, and what is to be seen in a run of it.</summary>
/// <param name="experiment">The experiment, with every key that was resolved.</param>
public abstract class Study(Experiment experiment)
{
    /// <summary>The name of the plot of the loss in a report's section.</summary>
    public const string LossPlotId = "loss";

    /// <summary>The experiment, resolved: the same settings prepare the same study.</summary>
    public Experiment Experiment { get; } = experiment;

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

    /// <summary>Which steps are recorded and kept: of most kinds those that were resolved.</summary>
    public virtual TrainingPlan Plan => new(Experiment.Record!, Experiment.Checkpoints!);

    /// <summary>What to do where training diverges, as a sentence.</summary>
    public virtual string Advice => "Lower ‹learning-rate› or ‹init›.";

    /// <summary>What one waits for in a training and how it stands, by the last row; null where that is the loss.</summary>
    public virtual string? Awaited(Trajectory soFar) => null;

    /// <summary>What theory says, without training.</summary>
    /// <param name="check">Whether theory is checked where that costs about a second at most, by training the exact flow beside it.</param>
    /// <param name="cancellation">Stops theory and the check.</param>
    /// <exception cref="InputException">There is no theory; the message says why.</exception>
    public abstract Findings Predict(bool check = true, CancellationToken cancellation = default);

    /// <summary>The study with an end of training, where none was given: theory's.</summary>
    /// <exception cref="InputException">Theory does not say when training ends.</exception>
    public virtual Study WithEnd() => this;

    /// <summary>The study for somebody else than who prepared it, who may stop at another time what it has not computed yet.</summary>
    public virtual Study WithCancellation(CancellationToken cancellation) => this;

    /// <summary>
    /// The study of an experiment that differs from this one's in seeds and in where it ends alone, with what both have in common; null
    /// where that is nothing.
    /// </summary>
    internal virtual Study? Beside(Experiment experiment) => null;

    /// <summary>What trainings of several studies that have the same here do together, step by step; null where that is nothing.</summary>
    internal virtual object? Together => null;

    /// <summary>A training at its start.</summary>
    public abstract ITraining Begin();

    /// <summary>A run of it with everything that the kind makes of one.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public abstract RunView View(Run run);

    /// <summary>Theory over the loss curve of a training elsewhere.</summary>
    /// <param name="positions">Ascending steps, or times of the gradient flow.</param>
    /// <param name="losses">The loss at each.</param>
    /// <param name="positionsAreTimes">Whether positions are times.</param>
    /// <exception cref="InputException">There is no theory for it, or the curve is none.</exception>
    public virtual Findings Compare(IReadOnlyList<double> positions, IReadOnlyList<double> losses, bool positionsAreTimes) =>
        throw new InputException($"Theory of kind {Kind.Name} is not laid over curves of other trainings.");

    /// <summary>The staircase that theory predicts, to lay it over curves of other trainings.</summary>
    /// <param name="init">The size of the initial weights; null as it is stated.</param>
    /// <exception cref="InputException">There is no such theory; the message says why.</exception>
    public virtual Prediction StaircaseFrom(double? init) =>
        throw new InputException($"Theory of kind {Kind.Name} is not laid over curves of other trainings.");

    /// <summary>Time of the gradient flow that a step amounts to; null for the flow itself, and where an optimizer follows none.</summary>
    public virtual double? TimePerStep => null;

    /// <summary>The setting in the words that the explorer moves, where it has a page for such experiments; null else.</summary>
    public virtual IReadOnlyDictionary<string, string>? Explored => null;

    /// <summary>Writes the data and the initial weights for other programs.</summary>
    /// <returns>What was written: for the terminal, and as JSON.</returns>
    /// <exception cref="InputException">There are none to write.</exception>
    public virtual Findings Export(string path) => throw new InputException($"Experiments of kind {Kind.Name} have no data to export.");
}

/// <summary>A study of experiments of one type.</summary>
/// <typeparam name="T">The experiment.</typeparam>
public abstract class Study<T>(T experiment) : Study(experiment)
    where T : Experiment
{
    /// <inheritdoc cref="Study.Experiment"/>
    public new T Experiment => experiment;
}
