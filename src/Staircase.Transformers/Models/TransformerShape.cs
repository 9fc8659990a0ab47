namespace Staircase.Transformers;

/// <summary>The sizes and choices of a decoder-only transformer; without MLP blocks it is attention-only.</summary>
public sealed record TransformerShape
{
    /// <summary>Layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Heads of a layer.</summary>
    public required int Heads { get; init; }

    /// <summary>d_model, the width of the residual stream.</summary>
    public required int ModelDimension { get; init; }

    /// <summary>d_head, the width of a head's queries, keys and values.</summary>
    public required int HeadDimension { get; init; }

    /// <summary>Different tokens.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>The most tokens of a sequence.</summary>
    public required int ContextLength { get; init; }

    /// <summary>How positions enter.</summary>
    public PositionKind Positions { get; init; }

    /// <summary>Whether a layer normalization stands before every block and before the unembedding.</summary>
    public bool LayerNorm { get; init; }

    /// <summary>d_mlp, the hidden width of the MLP block (GELU) after each attention; 0 for none.</summary>
    public int MlpDimension { get; init; }

    /// <summary>All heads' queries, or keys, or values of a token.</summary>
    internal int HeadsDimension => Heads * HeadDimension;

    /// <summary>The names of TransformerLens; <c>W_rel</c>, which it does not know, is ours.</summary>
    internal ParameterLayout Layout()
    {
        int d = ModelDimension, h = HeadDimension;
        var tensors = new List<(string, int[])> { ("embed.W_E", [Vocabulary, d]) };
        if (Positions == PositionKind.Absolute)
            tensors.Add(("pos_embed.W_pos", [ContextLength, d]));
        for (int layer = 0; layer < Layers; layer++)
        {
            string block = $"blocks.{layer}.";
            if (LayerNorm)
                tensors.AddRange([(block + "ln1.w", [d]), (block + "ln1.b", [d])]);
            tensors.AddRange([(block + "attn.W_Q", [Heads, d, h]), (block + "attn.W_K", [Heads, d, h])]);
            tensors.AddRange([(block + "attn.W_V", [Heads, d, h]), (block + "attn.W_O", [Heads, h, d])]);
            if (Positions == PositionKind.Relative)
                tensors.Add((block + "attn.W_rel", [Heads, ContextLength, h]));
            if (MlpDimension == 0)
                continue;
            if (LayerNorm)
                tensors.AddRange([(block + "ln2.w", [d]), (block + "ln2.b", [d])]);
            tensors.AddRange([(block + "mlp.W_in", [d, MlpDimension]), (block + "mlp.b_in", [MlpDimension])]);
            tensors.AddRange([(block + "mlp.W_out", [MlpDimension, d]), (block + "mlp.b_out", [d])]);
        }

        if (LayerNorm)
            tensors.AddRange([("ln_final.w", [d]), ("ln_final.b", [d])]);
        tensors.Add(("unembed.W_U", [d, Vocabulary]));
        return ParameterLayout.Of(tensors);
    }

    /// <summary>Refuses sizes that are no transformer's.</summary>
    /// <exception cref="ArgumentException">A size is not positive.</exception>
    internal void Check()
    {
        foreach ((string name, int size, int least) in ((string, int, int)[])[
            ("layers", Layers, 1), ("heads", Heads, 1), ("d_model", ModelDimension, 1), ("d_head", HeadDimension, 1),
            ("vocabulary", Vocabulary, 2), ("context", ContextLength, 1), ("d_mlp", MlpDimension, 0)])
        {
            if (size < least)
                throw new ArgumentException($"The {name} of a transformer must be at least {least}, not {size}.");
        }
    }
}
