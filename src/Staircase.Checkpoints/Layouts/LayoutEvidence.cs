using System.Globalization;
using System.Text.RegularExpressions;

namespace Staircase.Checkpoints;

/// <summary>What a layout is decided from, and what was decided.</summary>
internal sealed class LayoutEvidence(ITensorSource source, ModelConfig config, LayoutOptions options)
{
    /// <summary>The buffer in which rotary positions have their frequencies.</summary>
    public const string RotaryFrequencies = "rotary_emb.inv_freq";

    /// <summary>Before a name that may stand anywhere, with the number of the layer where there is one.</summary>
    public const string AnyPrefix = @"^(?<p>(.*?\.(?<l>\d+)\.([^.]*[^.\d][^.]*\.)*|(.*\.)?))";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public ITensorSource Source => source;

    public ModelConfig Config => config;

    public LayoutOptions Options => options;

    public List<string> Decisions { get; } = [];

    public List<SkippedTensor> Skipped { get; } = [];

    /// <summary>How many layers without a number there have been.</summary>
    public int Unnumbered { get; set; }

    public ErrorContext Context { get; } = new(source.Path);

    public void Decide(string text)
    {
        if (!Decisions.Contains(text))
            Decisions.Add(text);
    }

    /// <summary>Notes why a tensor is not read; there is no layer of it.</summary>
    public HeadLayer? Skip(string name, string reason)
    {
        Skipped.Add(new(name, reason));
        return null;
    }

    /// <summary>Notes masks and the like that stand beside the weights.</summary>
    public void SkipBuffers(string prefix, params ReadOnlySpan<string> names)
    {
        foreach (string buffer in names)
        {
            if (Shape(prefix + buffer) is not null)
                Skip(prefix + buffer, buffer == RotaryFrequencies ? "the frequencies of rotary positions, no weight" : "a mask, no weight");
        }
    }

    /// <summary>The shape of a tensor that can be read; null if there is none.</summary>
    public long[]? Shape(string name) =>
        source.TryGetInfo(name, out TensorInfo? info) && info.ElementType.IsReadable() ? [.. info.Shape] : null;

    /// <summary>Whether a tensor of this shape is there.</summary>
    public bool Has(string name, params ReadOnlySpan<long> shape) => Shape(name) is { } found && shape.SequenceEqual(found);

    /// <summary>
    /// The tensors whose names match, with the number of the layer (the group <c>l</c>; 0 where there is none) and what comes before
    /// (<c>p</c>).
    /// </summary>
    public IEnumerable<(string Name, int Layer, string Prefix)> Matching(string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience);
        foreach (TensorInfo tensor in source.Tensors)
        {
            if (tensor.Name.Length > 500 || regex.Match(tensor.Name) is not { Success: true } match)
                continue;
            Group layer = match.Groups["l"];
            int number = 0;
            if (!layer.Success || int.TryParse(layer.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out number))
                yield return (tensor.Name, number, match.Groups["p"].Value);
        }
    }

    /// <summary>n, from the user, then the config; null and a skipped tensor where nobody says it.</summary>
    /// <param name="name">The tensor that needs it.</param>
    /// <param name="total">n·h, which n must divide.</param>
    public int? Heads(string name, long total)
    {
        (int Value, string From)? heads = options.Heads is { } given
            ? (given, "--heads")
            : config.Integer("num_attention_heads", "n_head", "n_heads", "num_heads", "nhead");
        if (heads is null && HeadDimension(name) is { } h)
        {
            if (total % h.Value != 0)
                return Refuse(name, $"a head dimension of {h.Value} ({h.From}) does not divide its {total} rows");
            heads = ((int)(total / h.Value), $"{total} rows over a head dimension of {h.Value}, {h.From}");
        }

        if (heads is not { } n)
            return Refuse(name, "the number of heads is in no config.json and cannot be seen in the shapes: give --heads");
        if (total % n.Value != 0)
            return Refuse(name, $"{n.Value} heads ({n.From}) do not divide {total}");
        if (options.Heads is null && HeadDimension(name) is { } said && total != (long)n.Value * said.Value)
            return Refuse(name, $"{n.Value} heads ({n.From}) of dimension {said.Value} ({said.From}) are not {total} rows; give --heads");
        Decide($"{n.Value} heads of dimension {total / n.Value}: {n.From}");
        return n.Value;
    }

    /// <summary>h, where a tensor or the config says it.</summary>
    public (int Value, string From)? HeadDimension(string name)
    {
        int self = name.LastIndexOf(".self_attn.", StringComparison.Ordinal);
        string prefix = self < 0 ? "" : name[..(self + ".self_attn.".Length)];
        if (prefix.Length > 0 && Shape(prefix + "q_norm.weight") is [> 0 and < int.MaxValue and var norm])
            return ((int)norm, "the shape of q_norm.weight");
        if (prefix.Length > 0 && Shape(prefix + RotaryFrequencies) is [> 0 and < int.MaxValue / 2 and var half])
            return (2 * (int)half, "twice the length of rotary_emb.inv_freq");
        return config.Integer("head_dim", "d_head", "attention_head_size");
    }

    /// <summary>Notes what QK leaves out.</summary>
    public void Caveats(string prefix, bool rotary, params ReadOnlySpan<string> biases)
    {
        foreach (string bias in biases)
        {
            if (Shape(prefix + bias) is not null)
                Decide($"biases ({bias}) are there and not part of the circuits");
        }

        Decide(rotary
            ? "positions are rotary: QK is the circuit of equal positions, others turn it; the norm before the attention is not folded in"
            : "the norm before the attention, if there is one, is not folded in");
    }

    private int? Refuse(string name, string reason)
    {
        Skip(name, reason);
        return null;
    }
}
