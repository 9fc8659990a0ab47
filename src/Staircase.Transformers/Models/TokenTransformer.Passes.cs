using Staircase.Kernels;

namespace Staircase.Transformers;

public sealed partial class TokenTransformer<T>
{
    /// <summary>
    /// Tokens that pass through the layers together: enough for products, and few enough for what they leave to stay in the second-level
    /// cache.
    /// </summary>
    private const int PassTokens = 256;

    private static readonly T Epsilon = T.CreateTruncating(1e-5); // ε of the layer normalizations, as in GPT-2

    /// <summary>Sequences first … last − 1 of the batch, a few at a time, forward and, where a gradient is wanted, backward.</summary>
    private void RunPart(int part)
    {
        int first = (int)((long)part * _batch.Sequences / _batch.Parts), last = (int)((part + 1L) * _batch.Sequences / _batch.Parts);
        Workspace work = Rent();
        Span<T> gradient = _batch.WantsGradient ? _gradients.AsSpan(part * Layout.Count, Layout.Count) : default;
        gradient.Clear();
        double loss = 0;
        for (int step = Max(1, PassTokens / _batch.Length); first < last; first += step)
            loss += Pass(work, first, Min(first + step, last), gradient);
        if (_batch.Targets.Length > 0)
            _losses[part] = loss;
        Return(work);
    }

    /// <returns>The part of the sequences in the loss of the batch.</returns>
    private double Pass(Workspace work, int first, int last, Span<T> gradient)
    {
        int n = _batch.Length;
        work.Fit(Shape, last - first, n, _batch.WantsGradient);
        ReadOnlySpan<int> tokens = _batch.Tokens.Span[(first * n)..(last * n)];
        Forward(work, tokens);
        if (_batch.Targets.Length == 0)
        {
            Softmax.LogForward(
                Shape.Vocabulary, work.Logits, _batch.LogProbabilities.Span.Slice(first * n * Shape.Vocabulary, work.Logits.Length));
            CopyAttention(work, first, last);
            return 0;
        }

        ReadOnlySpan<int> targets = _batch.Targets.Span[(first * n)..(last * n)];
        double share = (double)(last - first) / _batch.Sequences;
        double loss = share * CrossEntropy.Forward(Shape.Vocabulary, work.Logits, targets, work.Logits);
        if (_batch.WantsGradient)
        {
            CrossEntropy.Backward(Shape.Vocabulary, work.Logits, targets, T.CreateTruncating(share), work.Logits);
            Backward(work, tokens, gradient);
        }

        return loss;
    }

    private void Forward(Workspace work, ReadOnlySpan<int> tokens)
    {
        int d = Shape.ModelDimension, hs = Shape.HeadsDimension, rows = tokens.Length, n = _batch.Length, m = Shape.MlpDimension;
        Span<T> x = work.Layer(0).Residual;
        Embedding.Gather(d, Weights(_embed, Shape.Vocabulary * d), tokens, x);
        if (_positions >= 0)
        {
            for (int s = 0; s < rows; s += n)
                AddScaled(T.One, Weights(_positions, n * d), x.Slice(s * d, n * d));
        }

        for (int l = 0; l < _layers.Length; l++)
        {
            LayerOffsets at = _layers[l];
            LayerPass pass = work.Layer(l);
            Span<T> next = work.Layer(l + 1).Residual, middle = m > 0 ? pass.Middle : next;
            ReadOnlySpan<T> input = Normalize(at.Norm, pass.Residual, pass.Norm);
            MatrixProduct.Of(T.One, input.AsMatrix(rows, d), Weights(at.QKV, 3 * d * hs).AsMatrix(d, 3 * hs), pass.QKV);
            CausalAttention.Forward(
                rows / n, Shape.Heads, n, Shape.HeadDimension, _scale, pass.QKV, Relative(at), pass.Attention, work.Scratch, pass.Output);
            pass.Residual.CopyTo(middle);
            MatrixProduct.Of(T.One, pass.Output.AsMatrix(rows, hs), Weights(at.O, hs * d).AsMatrix(hs, d), middle, keep: T.One);
            if (m == 0)
                continue;
            input = Normalize(at.MlpNorm, middle, pass.MlpNorm);
            MatrixProduct.Of(T.One, input.AsMatrix(rows, d), Weights(at.In, d * m).AsMatrix(d, m), pass.Hidden);
            Bias.Add(Weights(at.In + (d * m), m), pass.Hidden);
            Gelu.Forward(pass.Hidden, pass.Activation);
            middle.CopyTo(next);
            MatrixProduct.Of(T.One, pass.Activation.AsMatrix(rows, m), Weights(at.Out, m * d).AsMatrix(m, d), next, keep: T.One);
            Bias.Add(Weights(at.Out + (m * d), d), next);
        }

        LayerPass final = work.Layer(_layers.Length);
        ReadOnlySpan<T> last = Normalize(_finalNorm, final.Residual, final.Norm);
        MatrixProduct.Of(T.One, last.AsMatrix(rows, d), Weights(_unembed, d * Shape.Vocabulary).AsMatrix(d, Shape.Vocabulary), work.Logits);
    }

    /// <summary>
    /// From ∂L/∂logits, which stands in place of the logits, to the gradient of every weight; adds to <paramref name="gradient"/>.
    /// </summary>
    private void Backward(Workspace work, ReadOnlySpan<int> tokens, Span<T> gradient)
    {
        int d = Shape.ModelDimension, hs = Shape.HeadsDimension, rows = tokens.Length, n = _batch.Length, m = Shape.MlpDimension;
        int v = Shape.Vocabulary;
        Span<T> dx = work.DResidual, dInput = work.DInput;
        LayerPass final = work.Layer(_layers.Length);
        BackwardProduct(rows, v, d, Input(_finalNorm, final.Residual, final.Norm), work.Logits, _unembed, gradient, dx);
        BackwardNormalize(_finalNorm, final.Residual, final.Norm, dx, gradient);
        for (int l = _layers.Length - 1; l >= 0; l--)
        {
            LayerOffsets at = _layers[l];
            LayerPass pass = work.Layer(l);
            if (m > 0)
            {
                BackwardProduct(rows, d, m, pass.Activation, dx, at.Out, gradient, work.DHidden);
                Bias.Reduce(dx, gradient.Slice(at.Out + (m * d), d));
                Gelu.Backward(pass.Hidden, work.DHidden, work.DHidden);
                Bias.Reduce(work.DHidden, gradient.Slice(at.In + (d * m), m));
                BackwardProduct(rows, m, d, Input(at.MlpNorm, pass.Middle, pass.MlpNorm), work.DHidden, at.In, gradient, dInput);
                BackwardNormalize(at.MlpNorm, pass.Middle, pass.MlpNorm, dInput, gradient);
                AddScaled(T.One, dInput, dx);
            }

            BackwardProduct(rows, d, hs, pass.Output, dx, at.O, gradient, work.DOutput);
            CausalAttention.Backward(
                rows / n, Shape.Heads, n, Shape.HeadDimension, _scale, pass.QKV, Relative(at), pass.Attention, work.DOutput, work.Scratch,
                work.DQKV, at.Relative < 0 ? default : gradient.Slice(at.Relative, RelativeLength));
            BackwardProduct(rows, 3 * hs, d, Input(at.Norm, pass.Residual, pass.Norm), work.DQKV, at.QKV, gradient, dInput);
            BackwardNormalize(at.Norm, pass.Residual, pass.Norm, dInput, gradient);
            AddScaled(T.One, dInput, dx);
        }

        Embedding.ScatterAdd(d, dx, tokens, gradient.Slice(_embed, v * d));
        if (_positions < 0)
            return;
        for (int s = 0; s < rows; s += n)
            AddScaled(T.One, dx.Slice(s * d, n * d), gradient.Slice(_positions, n * d));
    }

    /// <summary>y = x W: dW += xᵀ dy, dx = dy Wᵀ.</summary>
    private void BackwardProduct(
        int rows, int columns, int inner, ReadOnlySpan<T> x, ReadOnlySpan<T> dy, int weight, Span<T> gradient, Span<T> dx)
    {
        MatrixView<T> X = x.AsMatrix(rows, inner), dY = dy.AsMatrix(rows, columns);
        MatrixView<T> W = Weights(weight, inner * columns).AsMatrix(inner, columns);
        MatrixProduct.Of(T.One, X.Transposed, dY, gradient.Slice(weight, inner * columns), keep: T.One);
        MatrixProduct.Of(T.One, dY, W.Transposed, dx);
    }

    /// <summary>x normalized into a place of its own, or x itself where there is no normalization.</summary>
    private ReadOnlySpan<T> Normalize(int gain, ReadOnlySpan<T> x, NormPass norm)
    {
        if (gain < 0)
            return x;
        int d = Shape.ModelDimension;
        LayerNorm.Forward(d, x, Weights(gain, d), Weights(gain + d, d), Epsilon, norm.Normalized, norm.Mean, norm.InverseDeviation);
        return norm.Normalized;
    }

    private static ReadOnlySpan<T> Input(int gain, ReadOnlySpan<T> x, NormPass norm) => gain < 0 ? x : norm.Normalized;

    private void BackwardNormalize(int gain, ReadOnlySpan<T> x, NormPass norm, Span<T> dy, Span<T> gradient)
    {
        int d = Shape.ModelDimension;
        if (gain >= 0)
        {
            LayerNorm.Backward(
                d, dy, x, Weights(gain, d), norm.Mean, norm.InverseDeviation, dy, gradient.Slice(gain, d), gradient.Slice(gain + d, d));
        }
    }

    private int RelativeLength => Shape.Heads * Shape.ContextLength * Shape.HeadDimension;

    private ReadOnlySpan<T> Relative(LayerOffsets at) => at.Relative < 0 ? default : Weights(at.Relative, RelativeLength);

    private ReadOnlySpan<T> Weights(int offset, int length) => _packed.AsSpan(offset, length);

    private void CopyAttention(Workspace work, int first, int last)
    {
        if (_batch.Attention.Length == 0)
            return;
        int n = _batch.Length, heads = Shape.Heads, stride = CausalAttention.RowLength(n);
        for (int s = first; s < last; s++)
        {
            for (int l = 0; l < Shape.Layers; l++)
            {
                ReadOnlySpan<T> maps = work.Layer(l).Attention.Slice((s - first) * heads * n * stride, heads * n * stride);
                for (int i = 0; i < heads * n; i++)
                {
                    Span<T> to = _batch.Attention.Span.Slice(((s * Shape.Layers + l) * heads * n + i) * n, n);
                    maps.Slice(i * stride, i % n + 1).CopyTo(to);
                    to[(i % n + 1)..].Clear();
                }
            }
        }
    }
}
