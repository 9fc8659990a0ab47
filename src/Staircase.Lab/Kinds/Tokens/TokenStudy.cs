namespace Staircase.Lab;

/// <summary>An experiment on sequences of tokens with its task and its model: what is trained, and what is measured on the way.</summary>
internal sealed class TokenStudy : Study<TokenExperiment>
{
    /// <param name="experiment">With everything resolved.</param>
    /// <exception cref="InputException">The text is not what it should be.</exception>
    /// <exception cref="ArgumentException">The task is not to be had.</exception>
    internal TokenStudy(TokenExperiment experiment)
        : base(experiment)
    {
        Task = TaskOf(experiment);
        Shape = new()
        {
            Layers = experiment.Layers,
            Heads = experiment.Heads,
            ModelDimension = experiment.Width,
            HeadDimension = experiment.HeadWidth!.Value,
            Vocabulary = Task.Vocabulary,
            ContextLength = experiment.Context,
            Positions = experiment.Positions,
            LayerNorm = experiment.Norm,
            MlpDimension = experiment.Hidden,
        };
    }

    /// <summary>What sequences are made of.</summary>
    public ITokenTask Task { get; }

    /// <summary>The model's sizes.</summary>
    public TransformerShape Shape { get; }

    /// <summary>The model, made when it is asked for. It is not thread-safe.</summary>
    public TokenTransformer<float> Model => field ??= new(Shape);

    /// <summary>What is measured, on data that are drawn when they are asked for.</summary>
    internal TokenMeasurement Measures => field ??= new(this);

    public override IReadOnlyList<Result> Results => Experiment.Task == TokenTaskKind.Markov ? [DirichletPrediction.Result] : [];

    public override string Description
    {
        get
        {
            TokenExperiment e = Experiment;
            string task = Task switch
            {
                MarkovTask chain => $"Markov chains of order {chain.Order} on {chain.Vocabulary} states, "
                    + $"Dirichlet({Number(chain.Concentration)})",
                RepeatedTask => $"repeated random tokens, {Task.Vocabulary} different",
                TriggerTask triggers => $"bigrams with {triggers.Triggers} trigger tokens, {Task.Vocabulary} different",
                TextTask text => $"{e.Text}, {Whole(text.TrainingTokens)} tokens to train on, {Whole(text.ValidationTokens)} to validate, "
                    + $"{Task.Vocabulary} different",
                _ => throw new NotSupportedException($"{Task}"),
            };
            string blocks = (e.Hidden > 0 ? $"d_mlp {e.Hidden}" : "attention only") + (e.Norm ? ", pre-LayerNorm" : "");
            return $"{task}; {e.Layers} {(e.Layers == 1 ? "layer" : "layers")}, d_model {e.Width}, {e.Heads} heads of {e.HeadWidth}, "
                + $"{blocks}, {Positions} positions; {e.Trained($"{Whole(e.Steps)} steps of {e.Batch} × {e.Context} tokens")}";
        }
    }

    private string Positions => Word(Shape.Positions);

    public override Findings Predict(bool check = true, CancellationToken cancellation = default) => new(
        [
            Table.Of(
                "Predictors that are known exactly, on the validation sequences", ["", "loss", "in-context score"], Measures.Predictors,
                predictor => [predictor.Name, Number(predictor.Loss), Number(predictor.Score)]),
        ],
        ["There is no theory yet that predicts when this model learns in context: train it (staircase train --kind attention-only)."],
        Json.Of(("experiment", Settings), ("predictors", Json.List(Measures.Predictors, predictor => predictor.Data()))));

    public override ITraining Begin() => Experiment.Train(
        new TokenObjective<float>(Model, Task, Experiment.Batch),
        Experiment.Fork?.Weights<float>(Model.Layout) ?? Model.Initialize(Experiment.Init, Experiment.InitSeed!.Value), Measures,
        new Dictionary<string, string>(Experiment.Sizes)
        {
            ["model"] = "transformer with causal attention, names and shapes of TransformerLens",
            ["task"] = Word(Experiment.Task!.Value),
            ["n_layers"] = $"{Shape.Layers}",
            ["n_ctx"] = $"{Shape.ContextLength}",
            ["positions"] = Positions,
        });

    public override string? Awaited(Trajectory soFar) => soFar.Count == 0 ? null
        : $"in-context score {Number(soFar["score"][^1], digits: 3)} of {Number(Measures.Predictors[^1].Score, digits: 3)}";

    public override RunView View(Run run) => new TokenFindings(run);

    /// <summary>Tokens that the model draws one after the other, given some to begin with.</summary>
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
            while (token < k - 1 && (u -= Exp(logProbabilities[(context.Length - 1) * k + token])) > 0)
                token++;
            tokens.Add(token);
        }

        return [.. tokens];
    }

    private static ITokenTask TaskOf(TokenExperiment e)
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
