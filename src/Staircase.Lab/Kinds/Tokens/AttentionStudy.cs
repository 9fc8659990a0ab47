using System.Globalization;
using Staircase.Transformers;
using static Staircase.Lab.InputException;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>An experiment on sequences of tokens with its task and its model: what is trained, and what is measured on the way.</summary>
public sealed class AttentionStudy : IStudy, INetworkCourse
{
    /// <summary>A transition is where the score moved by more than this part of the best predictor's over the last few recorded points.</summary>
    private const double Change = 0.1;

    private const int ChangePoints = 3;

    private const int DefaultStates = 3, DefaultTokens = 64;

    private AttentionStudy(AttentionExperiment experiment, ITokenTask task)
    {
        (Experiment, Task) = (experiment, task);
        Shape = new()
        {
            Layers = experiment.Layers,
            Heads = experiment.Heads,
            ModelDimension = experiment.Width,
            HeadDimension = experiment.HeadWidth!.Value,
            Vocabulary = task.Vocabulary,
            ContextLength = experiment.Context,
            Positions = experiment.Positions,
            LayerNorm = experiment.Norm,
            MlpDimension = experiment.Hidden,
        };
        Model = new(Shape);
        Schedule = new(experiment.Steps, experiment.Record!, experiment.Checkpoints!);
        Network = new TokenNetwork<float>(Model, task, experiment.Batch);
        ITokenSource probes = task is TextTask ? new RepeatedTask(task.Vocabulary, experiment.DataSeed!.Value) : task;
        Measures = new(Model, task, probes, experiment.Early!.Value, experiment.Late!.Value);
    }

    /// <summary>What was asked for, with the choices that were left open made.</summary>
    public AttentionExperiment Experiment { get; }

    /// <summary>What sequences are made of.</summary>
    public ITokenTask Task { get; }

    /// <summary>The model's sizes.</summary>
    public TransformerShape Shape { get; }

    /// <summary>The model. It is not thread-safe.</summary>
    public TokenTransformer<float> Model { get; }

    /// <summary>How long, and what is written down.</summary>
    public NetworkSchedule Schedule { get; }

    /// <summary>What is measured.</summary>
    internal InContextMeasures Measures { get; }

    /// <inheritdoc/>
    public INetwork<float> Network { get; }

    /// <inheritdoc/>
    public IOptimizer Optimizer => Experiment.CreateOptimizer();

    /// <inheritdoc/>
    public IReadOnlyList<string> Columns => Measures.Columns;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["model"] = "transformer with causal attention, names and shapes of TransformerLens",
        ["task"] = Experiment.Task!.Value.ToString().ToLowerInvariant(),
        ["d_model"] = $"{Shape.ModelDimension}",
        ["n_layers"] = $"{Shape.Layers}",
        ["n_heads"] = $"{Shape.Heads}",
        ["d_head"] = $"{Shape.HeadDimension}",
        ["d_mlp"] = $"{Shape.MlpDimension}",
        ["n_ctx"] = $"{Shape.ContextLength}",
        ["positions"] = Shape.Positions.ToString().ToLowerInvariant(),
    };

    /// <inheritdoc/>
    public IReadOnlyList<Result> Results => Experiment.Task == TokenTaskKind.Markov ? [DirichletPrediction.Result] : [];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => AttentionExperiment.Keys.Write(Experiment);

    /// <inheritdoc/>
    public string Description
    {
        get
        {
            AttentionExperiment e = Experiment;
            string task = Task switch
            {
                MarkovTask chain => $"Markov chains of order {chain.Order} on {chain.Vocabulary} states, Dirichlet({Number(chain.Concentration)})",
                RepeatedTask => $"repeated random tokens, {Task.Vocabulary} different",
                TriggerTask triggers => $"bigrams with {triggers.Triggers} trigger tokens, {Task.Vocabulary} different",
                TextTask text => $"{e.Text}, {Whole(text.TrainingTokens)} tokens to train on, {Whole(text.ValidationTokens)} to validate, {Task.Vocabulary} different",
                _ => throw new NotSupportedException(Task.GetType().Name),
            };
            return $"{task}; {e.Layers} {(e.Layers == 1 ? "layer" : "layers")}, d_model {e.Width}, {e.Heads} heads of {e.HeadWidth}{(e.Hidden > 0 ? $", d_mlp {e.Hidden}" : ", attention only")}{(e.Norm ? ", pre-LayerNorm" : "")}, "
                + $"{e.Positions.ToString().ToLowerInvariant()} positions; {e.Optimizer.ToString().ToLowerInvariant()}, learning rate {e.LearningRate:R}, weight decay {e.WeightDecay:R}, {Whole(e.Steps)} steps of {e.Batch} × {e.Context} tokens; seed {e.Seed}.";
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Announcements => [];

    /// <summary>Prepares an experiment.</summary>
    /// <exception cref="InputException">A value is out of range, or the text is not what it should be.</exception>
    public static AttentionStudy Prepare(AttentionExperiment e) => InputException.Guard(() =>
    {
        TokenTaskKind kind = e.Task ?? (e.Text is null ? TokenTaskKind.Markov : TokenTaskKind.Text);
        Require(kind == TokenTaskKind.Text == e.Text is not null, kind == TokenTaskKind.Text ? "--task text needs a file: --text FILE." : $"--text goes with --task text, not with {kind.ToString().ToLowerInvariant()}.");
        Require(kind != TokenTaskKind.Text || e.Vocabulary is null, "--vocabulary is not for text, which has its own: --tokens bpe:V chooses its size.");
        Require(e.Layers >= 1, $"--layers must be at least 1, not {e.Layers}.");
        Require(e.Context >= 2, $"--context must be at least 2, not {e.Context}.");
        Require(e.Batch >= 1, $"--batch must be at least 1, not {e.Batch}.");
        int early = e.Early ?? Math.Max(1, e.Context / 10), late = e.Late ?? e.Context;
        Require(early >= 1 && late > early && late <= e.Context, $"--early and --late are two tokens of the {e.Context}, the early one first; found {early} and {late}.");
        e = NetworkExperiment.Complete(e, leastHidden: 0) with { Task = kind, Early = early, Late = late };
        if (kind != TokenTaskKind.Text)
            e = e with { Vocabulary = e.Vocabulary ?? (kind == TokenTaskKind.Markov ? DefaultStates : DefaultTokens) };
        return new AttentionStudy(e, TaskOf(e));
    });

    /// <inheritdoc/>
    public float[] InitialWeights() => Model.Initialize(Experiment.Init, Experiment.InitSeed!.Value);

    /// <inheritdoc/>
    public double[] Measure(long step, ReadOnlySpan<float> weights) => Measures.Measure(weights);

    /// <inheritdoc/>
    public bool IsChanging(IReadOnlyList<TrajectoryPoint> points) =>
        points.Count > ChangePoints && Math.Abs(points[^1].Strengths[0] - points[^(1 + ChangePoints)].Strengths[0]) > Change * Math.Abs(Measures.Score(Measures.Baselines[^1]));

    /// <inheritdoc/>
    public Findings Predict() => new(
        [
            new("Predictors that are known exactly, on the validation sequences", ["", "loss", "in-context score"],
                [.. Task.Baselines.Select((name, b) => (IReadOnlyList<string>)[name, Number(Measures.Baselines[b].Average()), Number(Measures.Score(Measures.Baselines[b]))])]),
        ],
        ["There is no theory yet that predicts when this model learns in context: train it (staircase train --kind attention-only)."],
        new { Experiment = Settings, Predictors = Task.Baselines.Select((name, b) => new { Name = name, Loss = Measures.Baselines[b].Average(), Score = Measures.Score(Measures.Baselines[b]) }) });

    /// <inheritdoc/>
    public RunRecord Train(RunFolder folder, RunRecord? before, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var record = new RunRecord { Kind = AttentionOnlyKind.KindName, Status = RunStatus.Running, Experiment = Settings };
        return new NetworkTrainer(this, Schedule, folder, record, before).Train(progress, cancellation);
    }

    /// <inheritdoc/>
    public Findings Compare(RunFolder folder) => AttentionHistory.Read(this, folder).Findings();

    /// <inheritdoc/>
    public ReportSection Report(RunFolder folder, RunRecord record) => AttentionHistory.Read(this, folder).Section(folder.Path, record);

    /// <summary>Tokens that the model draws one after the other, given some to begin with.</summary>
    /// <param name="weights">All weights.</param>
    /// <param name="start">At least one token.</param>
    /// <param name="count">How many to draw.</param>
    public int[] Continue(ReadOnlySpan<float> weights, ReadOnlySpan<int> start, int count)
    {
        var random = new RandomStream(Experiment.Seed, RandomPurpose.Continuation);
        List<int> tokens = [.. start];
        int k = Shape.Vocabulary;
        for (int i = 0; i < count; i++)
        {
            int[] context = [.. tokens.TakeLast(Shape.ContextLength)];
            var logProbabilities = new float[context.Length * k];
            Model.Predict(weights, context.Length, context, logProbabilities);
            double u = random.NextUniform();
            int token = 0;
            while (token < k - 1 && (u -= Math.Exp(logProbabilities[(context.Length - 1) * k + token])) > 0)
                token++;
            tokens.Add(token);
        }

        return [.. tokens];
    }

    private static ITokenTask TaskOf(AttentionExperiment e)
    {
        ulong seed = e.DataSeed!.Value;
        return e.Task switch
        {
            TokenTaskKind.Markov => new MarkovTask(e.Vocabulary!.Value, e.Order, e.Concentration, seed),
            TokenTaskKind.Repeated => new RepeatedTask(e.Vocabulary!.Value, seed),
            TokenTaskKind.Triggers => new TriggerTask(e.Vocabulary!.Value, e.Triggers, e.Concentration, seed),
            _ => TextFile.Task(e.Text!, e.Tokens, e.Validation, e.Context, seed),
        };
    }
}
