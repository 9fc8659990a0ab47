namespace Staircase.Checkpoints;

/// <summary>
/// How a checkpoint stores its attention: the layouts that fit the names and shapes of its tensors, with the reasons as text.
/// </summary>
/// <param name="Name">The names of the layouts, as in <see cref="Names"/>.</param>
/// <param name="Layers">The attentions, by module and in order of their layers.</param>
/// <param name="Decisions">What was decided and why, and what the circuits leave out.</param>
/// <param name="Skipped">Tensors of attention that are not read, with the reason.</param>
public sealed record HeadLayout(
    string Name, IReadOnlyList<HeadLayer> Layers, IReadOnlyList<string> Decisions, IReadOnlyList<SkippedTensor> Skipped)
{
    /// <summary>The key under which a converted file says how its heads were read, and what they leave out.</summary>
    internal const string Origin = "converted_from";

    /// <summary>The layouts that are known.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. LayoutDescription.BuiltIn.Select(layout => layout.Name).Distinct()];

    /// <summary>Finds the layouts of a checkpoint.</summary>
    /// <param name="source">The checkpoint; no tensor of it is read.</param>
    /// <param name="config">What is known beside it.</param>
    /// <param name="options">What the user says.</param>
    /// <returns>The layout; null where no tensor has the name of an attention weight of any.</returns>
    /// <exception cref="CheckpointFormatException">Names fit a layout, but shapes contradict it; several layouts fit and read different
    /// heads; or a size is stated by nothing. The message says what to give.</exception>
    /// <exception cref="ArgumentException">There is no layout of that name, or its text cannot be read.</exception>
    public static HeadLayout? Detect(ITensorSource source, ModelConfig config, LayoutOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<LayoutDescription> layouts = options.Layout is { } wanted ? LayoutDescription.Of(wanted) : LayoutDescription.BuiltIn;
        return new LayoutSearch(source, config, options).Among(layouts);
    }
}

/// <summary>What a user says about a model; null is for the program to find out.</summary>
/// <param name="Layout">The layout: a name, a file with a description, or the description itself.</param>
/// <param name="Heads">n.</param>
/// <param name="KeyValueHeads">k.</param>
public sealed record LayoutOptions(string? Layout = null, int? Heads = null, int? KeyValueHeads = null)
{
    /// <summary>n of those modules whose names have a part that is a key; the others have <see cref="Heads"/>.</summary>
    public IReadOnlyDictionary<string, int> HeadsOf { get; init; } = new Dictionary<string, int>();
}

/// <summary>A tensor of attention that is not read.</summary>
public sealed record SkippedTensor(string Name, string Reason);
