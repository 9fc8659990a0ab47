namespace Staircase.Lab;

/// <summary>Writes the keys of a kind, a line or two each.</summary>
/// <typeparam name="T">The experiment.</typeparam>
/// <param name="group">The group under which help shows them.</param>
internal sealed class KeyTable<T>(string group)
    where T : Experiment, new()
{
    private static readonly T Defaults = new();

    /// <summary>A text that is read by a function of its own.</summary>
    public ExperimentKey Text(
        string name, string placeholder, string help, Func<T, string, T> set, Func<T, string?> get, string? otherwise = null) =>
        Key(name, placeholder, help, null, set, get, otherwise);

    /// <summary>One of the names of an enumeration.</summary>
    public ExperimentKey Choice<TEnum>(string name, string help, Func<T, TEnum, T> set, Func<T, TEnum?> get, string? otherwise = null)
        where TEnum : struct, Enum =>
        Key(
            name, string.Join('|', Words<TEnum>()), help, null, (e, v) => set(e, Word<TEnum>(name, v)),
            e => get(e) is { } value ? NumberText.Word(value) : null, otherwise);

    /// <summary>A count.</summary>
    public ExperimentKey Integer(
        string name, string placeholder, string help, Range? range, Func<T, int, T> set, Func<T, int?> get, string? otherwise = null) =>
        Key(
            name, placeholder, help, range, (e, v) => set(e, (int)Clamp(WholeNumber(name, v), int.MinValue, int.MaxValue)),
            e => get(e)?.ToString(InvariantCulture), otherwise, e => get(e));

    /// <summary>A count that may be larger than two thousand million.</summary>
    public ExperimentKey Long(
        string name, string placeholder, string help, Range? range, Func<T, long, T> set, Func<T, long?> get, string? otherwise = null) =>
        Key(
            name, placeholder, help, range, (e, v) => set(e, WholeNumber(name, v)),
            e => get(e)?.ToString(InvariantCulture), otherwise, e => get(e));

    /// <summary>A number.</summary>
    public ExperimentKey Real(
        string name, string placeholder, string help, Range? range, Func<T, double, T> set, Func<T, double?> get,
            string? otherwise = null) =>
        Key(name, placeholder, help, range, (e, v) => set(e, Number(name, v)), e => get(e) is { } x ? AllDigits(x) : null, otherwise, get);

    /// <summary>Yes or no.</summary>
    public ExperimentKey Switch(string name, string help, Func<T, bool, T> set, Func<T, bool> get) =>
        Key(name, null, help, null,
            (e, v) => v is "true" or "false" ? set(e, v == "true")
                : throw new InputException($"‹{name}› must be true or false; found '{v}'."),
            e => get(e) ? "true" : "false");

    public ExperimentKey Seed(string name, string help, Func<T, ulong, T> set, Func<T, ulong?> get, string? otherwise = null) =>
        Key(name, "S", help, null,
            (e, v) => ulong.TryParse(v, NumberStyles.None, InvariantCulture, out ulong seed)
                ? set(e, seed)
                : throw new InputException($"‹{name}› must be a whole number ≥ 0; found '{v}'."),
            e => get(e)?.ToString(), otherwise);

    /// <summary>Which steps.</summary>
    public ExperimentKey Schedule(
        string name, string help, Func<T, Schedule, T> set, Func<T, Schedule?> get, string? otherwise = null) =>
        Key(name, "every:K|log:K", help, null, (e, v) => set(e, ScheduleOf(name, v)), e => get(e)?.ToString(), otherwise);

    /// <summary>The optimizer and its numbers, which every kind has.</summary>
    /// <param name="rate">The key of the learning rate.</param>
    /// <param name="optimizer">The optimizer where none is named.</param>
    public IEnumerable<ExperimentKey> Optimizer(string optimizer, ExperimentKey? rate = null) =>
    [
        Choice<OptimizerKind>("optimizer", "how to train", (e, v) => e with { Optimizer = v }, e => e.Optimizer, optimizer),
        rate ?? Real("learning-rate", "η", "learning rate of a discrete optimizer", Range.Positive, (e, v) => e with { LearningRate = v },
            e => e.LearningRate),
        Real("weight-decay", "λ", "weight decay, apart from the gradient", Range.NotNegative, (e, v) => e with { WeightDecay = v },
            e => e.WeightDecay),
        Real("momentum", "μ", "momentum; β₁ of adam", Range.BelowOne, (e, v) => e with { Momentum = v }, e => e.Momentum, "0.9, muon 0.95"),
        Real("second-decay", "β₂", "decay of adam's second moment", Range.BelowOne, (e, v) => e with { SecondDecay = v },
            e => e.SecondDecay),
    ];

    /// <summary>Where it begins and what ends it early, which every kind has.</summary>
    public IEnumerable<ExperimentKey> ForkAndStop() =>
    [
        Text(Fork.Key, "RUN[@STEP]", "begin from the weights of another run", (e, v) => e with { Fork = Fork.Parse(v) },
            e => e.Fork?.ToString()),
        Text(StopCondition.Key, "'COLUMN > X'", "end when a recorded measure gets there, as in 'loss < 0.01'",
            (e, v) => e with { StopWhen = StopCondition.Parse(v) }, e => e.StopWhen?.ToString()),
    ];

    /// <summary>What is kept, and the seeds, which every kind has.</summary>
    /// <param name="step">What a step is called.</param>
    /// <param name="record">Which are recorded where nothing is said.</param>
    /// <param name="checkpoints">Which are kept where nothing is said.</param>
    public IEnumerable<ExperimentKey> RecordingAndSeeds(string step, string? record = null, string? checkpoints = null) =>
    [
        Schedule("record", $"which {step}s are recorded", (e, v) => e with { Record = v }, e => e.Record, record),
        Schedule("checkpoints", $"which {step}s are kept as checkpoints", (e, v) => e with { Checkpoints = v }, e => e.Checkpoints,
            checkpoints),
        Seed("seed", "where all random numbers come from", (e, v) => e with { Seed = v }, e => e.Seeds is null ? e.Seed : null),
        Text(SeedList.Key, "A..B", "an ensemble, in place of seed: a run of each, in one folder",
            (e, v) => e with { Seeds = SeedList.Parse(v) }, e => e.Seeds?.Text),
        Seed("data-seed", "varies the data alone", (e, v) => e with { DataSeed = v }, e => e.DataSeed, "seed"),
        Seed("init-seed", "varies the initial weights alone", (e, v) => e with { InitSeed = v }, e => e.InitSeed, "seed"),
    ];

    public static double Number(string name, string text) =>
        ReadNumber(text) is { } value && double.IsFinite(value)
            ? value
            : throw new InputException($"‹{name}› must be a number; found '{text}'.");

    private static long WholeNumber(string name, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowThousands, InvariantCulture, out long value)
            ? value
            : throw new InputException($"‹{name}› must be a whole number; found '{text}'.");

    private static Schedule ScheduleOf(string name, string text)
    {
        try
        {
            return Staircase.Schedule.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new InputException($"‹{name}› {exception.Message}", exception);
        }
    }

    private static TEnum Word<TEnum>(string name, string text)
        where TEnum : struct, Enum
    {
        Require(Words<TEnum>().Contains(text), $"‹{name}› must be {string.Join(", ", Words<TEnum>())}; found '{text}'.");
        return Enum.GetValues<TEnum>().First(value => NumberText.Word(value) == text);
    }

    private static IEnumerable<string> Words<TEnum>()
        where TEnum : struct, Enum => Enum.GetValues<TEnum>().Select(NumberText.Word);

    private ExperimentKey Key(
        string name, string? placeholder, string help, Range? range, Func<T, string, T> set, Func<T, string?> get, string? otherwise = null,
            Func<T, double?>? number = null) =>
        new(name, placeholder, group, help, range, otherwise ?? get(Defaults))
        {
            Set = (e, v) => set((T)e, v),
            Get = e => get((T)e),
            Number = number is null ? _ => null : e => number((T)e),
        };
}
