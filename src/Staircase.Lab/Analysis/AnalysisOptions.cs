namespace Staircase.Lab;

/// <summary>What to analyze, and how.</summary>
public sealed record AnalysisOptions
{
    /// <summary>Files and folders.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Which of the checkpoints in them.</summary>
    public SeriesSelection Selection { get; init; } = new();

    /// <summary>What is known of how heads are stored.</summary>
    public LayoutOptions Storage { get; init; } = new();

    /// <summary>The base model of a series of adapters: a file or a folder; null where checkpoints are whole.</summary>
    public string? Base { get; init; }

    /// <summary>A regular expression for names of tensors to take as plain matrices instead of heads.</summary>
    public string? Tensors { get; init; }

    /// <summary>The layers to measure; null measures all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>The heads of them to measure; null measures all.</summary>
    public IReadOnlyList<int>? Heads { get; init; }

    /// <summary>A CSV of losses with a column <c>step</c>.</summary>
    public string? Losses { get; init; }

    /// <summary>Whether to read safetensors by mapping them.</summary>
    public bool Mapped { get; init; }

    /// <summary>Whether safetensors may be there in part; what is missing is named.</summary>
    public bool Partial { get; init; }

    /// <summary>How many leading directions principal angles compare.</summary>
    public int Directions { get; init; } = 4;

    /// <summary>Transitions of at most this false-alarm rate a series are listed.</summary>
    public double Level { get; init; } = 0.05;

    /// <summary>A layout that is known: by its name, a file with one, or its text.</summary>
    /// <param name="more">Words that may stand for one as well.</param>
    /// <exception cref="InputException">It is none of these.</exception>
    public static string KnownLayout(string layout, params string[] more) =>
        more.Concat(HeadLayout.Names).Contains(layout) || layout.Contains('[') || File.Exists(layout) ? layout
            : throw new InputException($"unknown layout '{layout}': {NearestName.Hint(layout, [.. more, .. HeadLayout.Names])}");
}
