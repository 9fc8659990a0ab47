namespace Staircase.Transformers;

/// <summary>
/// A trained <see cref="ModularTransformer{T}"/> in the Fourier basis of its operation's cyclic order (Nanda et al. 2023, §4–5).
/// Frequencies are numbered from 1, arrays from 0.
/// </summary>
/// <param name="NeuronShares">
/// For each frequency the share of the hidden layer's variance over all pairs that is carried by its neurons: those whose variance it
/// explains by more than half, with the four waves in a and b and their four products.
/// </param>
/// <param name="EmbeddingNorms">‖·‖ of W_E's cosine and sine component of each frequency.</param>
/// <param name="OutputNorms">The same of W_out W_U along the results.</param>
/// <param name="EmbeddingAmplitudes">√(cos² + sin²) of every embedding dimension, [frequencies, d_model].</param>
/// <param name="RestrictedLoss">
/// The loss over all pairs when of the logits only their mean and the waves cos and sin of place(a) ± place(b) with a key frequency are
/// left.
/// </param>
/// <param name="ExcludedLoss">The loss on the training pairs when just these waves are taken out.</param>
public sealed record ModularSpectrum(
    double[] NeuronShares, double[] EmbeddingNorms, double[] OutputNorms, double[] EmbeddingAmplitudes, double RestrictedLoss,
    double ExcludedLoss)
{
    /// <summary>A frequency is a key frequency if its neurons carry at least this share of the hidden layer's variance.</summary>
    public const double LeastKeyShare = 0.05;

    /// <summary>The key frequencies, ascending.</summary>
    public IReadOnlyList<int> KeyFrequencies =>
        [.. Range(1, NeuronShares.Length).Where(k => NeuronShares[k - 1] >= LeastKeyShare)];

    /// <summary>How sparse W_E is in frequency.</summary>
    public double EmbeddingGini => Gini.Of(EmbeddingNorms);

    /// <summary>How sparse W_out W_U is in frequency.</summary>
    public double OutputGini => Gini.Of(OutputNorms);
}
