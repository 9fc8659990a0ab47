namespace Staircase.Checkpoints;

/// <summary>
/// How a model stores its attention: found from the names and shapes of its tensors and from its config, with the reasons as text.
/// </summary>
/// <param name="Name">The name of the layout, as in <see cref="Names"/>.</param>
/// <param name="Layers">The layers in order of their numbers.</param>
/// <param name="Decisions">What was decided and why, and what the circuits leave out.</param>
/// <param name="Skipped">Tensors of attention that are not read, with the reason.</param>
public sealed record HeadLayout(
    string Name, IReadOnlyList<HeadLayer> Layers, IReadOnlyList<string> Decisions, IReadOnlyList<SkippedTensor> Skipped)
{
    /// <summary>Every layout, in the order in which they are tried.</summary>
    private static readonly LayoutFamily[] Families =
    [
        new StaircaseFamily(),
        new TransformerLensFamily(),
        new GrokkingFamily(),
        new GptFamily("gpt2", fusedColumns: true),
        new GptFamily("nanogpt", fusedColumns: false),
        new GroupedFamily("neox"),
        new GroupedFamily("falcon"),
        new LlamaFamily(),
        new PhiFamily(),
        new TorchFamily(),
        new LinearAttentionFamily(),
    ];

    /// <summary>The layouts that are known.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Families.Select(family => family.Name)];

    /// <summary>Finds the layout of a checkpoint.</summary>
    /// <param name="source">The checkpoint; no tensor of it is read.</param>
    /// <param name="config">What is known beside it.</param>
    /// <param name="options">What the user says.</param>
    /// <returns>The layout; null where no tensor has the name of an attention weight of any.</returns>
    /// <exception cref="CheckpointFormatException">Names fit a layout, but shapes contradict it, or the number of heads is known from
    /// nowhere.</exception>
    public static HeadLayout? Detect(ITensorSource source, ModelConfig config, LayoutOptions options)
    {
        if (options.Layout is { } wanted && !Names.Contains(wanted, StringComparer.Ordinal))
            throw new ArgumentException($"Unknown layout '{wanted}': known are {string.Join(", ", Names)}.");
        foreach (LayoutFamily family in Families.Where(family => options.Layout is null || family.Name == options.Layout))
        {
            var evidence = new LayoutEvidence(source, config, options);
            if (!family.Fits(evidence))
                continue;
            HeadLayer[] layers = [.. family.Find(evidence).OrderBy(layer => layer.Index)];
            if (layers.Length == 0 && evidence.Skipped.Count == 0)
                continue;
            if (layers.Length == 0)
            {
                throw evidence.Context.Fail(
                    null, $"no attention that can be read as {family.Name} ({evidence.Skipped[0].Name}: {evidence.Skipped[0].Reason})",
                    "its tensors whole; see --layout and --heads");
            }

            return new(family.Name, layers, evidence.Decisions, evidence.Skipped);
        }

        return options.Layout is null
            ? null
            : throw new ErrorContext(source.Path).Fail(null, $"no tensors of layout {options.Layout}", "names and shapes of that layout");
    }
}

/// <summary>What a user says about a model; null is for the program to find out.</summary>
/// <param name="Layout">The layout's name.</param>
/// <param name="Heads">n.</param>
/// <param name="KeyValueHeads">k.</param>
public sealed record LayoutOptions(string? Layout = null, int? Heads = null, int? KeyValueHeads = null);

/// <summary>A tensor of attention that is not read.</summary>
public sealed record SkippedTensor(string Name, string Reason);
