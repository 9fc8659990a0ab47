using Staircase.Kernels;

namespace Staircase.Transformers;

public sealed partial class TokenTransformer<T>
{
    /// <summary>A workspace that no other thread has; there are as many as threads ever worked at once.</summary>
    private Workspace Rent()
    {
        for (int i = 0; i < _workspaces.Length; i++)
        {
            if (Interlocked.Exchange(ref _workspaces[i], null) is { } work)
                return work;
        }

        return new();
    }

    private void Return(Workspace work)
    {
        for (int i = 0; i < _workspaces.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _workspaces[i], work, null) is null)
                return;
        }
    }

    /// <summary>
    /// What a forward pass leaves of a layer; the last entry is only the residual stream before the unembedding, and its normalization.
    /// </summary>
    private readonly ref struct LayerPass
    {
        /// <summary>x before the layer, [rows, d].</summary>
        public required Span<T> Residual { get; init; }

        public required NormPass Norm { get; init; }

        /// <summary>[rows, 3, heads, h].</summary>
        public required Span<T> QKV { get; init; }

        /// <summary>[sequences, heads, n, <see cref="CausalAttention.RowLength"/>].</summary>
        public required Span<T> Attention { get; init; }

        /// <summary>What the heads read, [rows, heads, h].</summary>
        public required Span<T> Output { get; init; }

        /// <summary>x between attention and MLP, [rows, d].</summary>
        public required Span<T> Middle { get; init; }

        public required NormPass MlpNorm { get; init; }

        /// <summary>Before the GELU, [rows, d_mlp].</summary>
        public required Span<T> Hidden { get; init; }

        /// <summary>After it.</summary>
        public required Span<T> Activation { get; init; }
    }

    /// <summary>What a normalization leaves.</summary>
    private readonly ref struct NormPass(Span<T> normalized, Span<T> mean, Span<T> inverseDeviation)
    {
        public Span<T> Normalized { get; } = normalized;

        public Span<T> Mean { get; } = mean;

        public Span<T> InverseDeviation { get; } = inverseDeviation;
    }

    /// <summary>The numbers of a part of a batch, in one array that only grows.</summary>
    private sealed class Workspace
    {
        private T[] _numbers = [];
        private int _d, _heads, _attention, _mlp, _norm, _rows, _layerLength, _layers, _logits, _scratch, _hidden;

        private int NormLength => _norm * (_rows * _d + 2 * _rows);

        private int End => checked(_layers * _layerLength + _rows * _d + NormLength);

        public Span<T> Logits => _numbers.AsSpan(End, _logits);

        public Span<T> Scratch => _numbers.AsSpan(End + _logits, _scratch);

        public Span<T> DResidual => _numbers.AsSpan(End + _logits + _scratch, _rows * _d);

        public Span<T> DInput => _numbers.AsSpan(End + _logits + _scratch + _rows * _d, _rows * _d);

        public Span<T> DQKV => _numbers.AsSpan(End + _logits + _scratch + 2 * _rows * _d, 3 * _rows * _heads);

        public Span<T> DOutput => _numbers.AsSpan(End + _logits + _scratch + 2 * _rows * _d + 3 * _rows * _heads, _rows * _heads);

        public Span<T> DHidden => _numbers.AsSpan(End + _logits + _scratch + 2 * _rows * _d + 4 * _rows * _heads, _hidden);

        /// <summary>Cuts the array for so many sequences of n tokens.</summary>
        public void Fit(TransformerShape shape, int sequences, int n, bool backward)
        {
            (_d, _heads, _layers, _norm) = (shape.ModelDimension, shape.HeadsDimension, shape.Layers, shape.LayerNorm ? 1 : 0);
            _rows = checked(sequences * n);
            _attention = checked(sequences * shape.Heads * n * CausalAttention.RowLength(n));
            _hidden = checked(_rows * shape.MlpDimension);
            _mlp = shape.MlpDimension > 0 ? checked(_rows * _d + NormLength + 2 * _hidden) : 0;
            _layerLength = checked(_rows * _d + NormLength + 4 * _rows * _heads + _attention + _mlp);
            _logits = checked(_rows * shape.Vocabulary);
            _scratch = CausalAttention.WorkspaceLength(n, shape.HeadDimension);
            int back = backward ? checked(2 * _rows * _d + 4 * _rows * _heads + _hidden) : 0;
            int length = checked(End + _logits + _scratch + back);
            if (_numbers.Length < length)
                _numbers = new T[length];
        }

        public LayerPass Layer(int layer)
        {
            Span<T> rest = _numbers.AsSpan(layer * _layerLength);
            bool whole = layer < _layers, mlp = whole && _mlp > 0;
            return new()
            {
                Residual = Take(ref rest, _rows * _d),
                Norm = Norm(ref rest, _norm > 0),
                QKV = Take(ref rest, whole ? 3 * _rows * _heads : 0),
                Attention = Take(ref rest, whole ? _attention : 0),
                Output = Take(ref rest, whole ? _rows * _heads : 0),
                Middle = Take(ref rest, mlp ? _rows * _d : 0),
                MlpNorm = Norm(ref rest, mlp && _norm > 0),
                Hidden = Take(ref rest, mlp ? _hidden : 0),
                Activation = Take(ref rest, mlp ? _hidden : 0),
            };
        }

        private NormPass Norm(scoped ref Span<T> rest, bool there)
        {
            int count = there ? 1 : 0;
            return new(Take(ref rest, count * _rows * _d), Take(ref rest, count * _rows), Take(ref rest, count * _rows));
        }

        private static Span<T> Take(scoped ref Span<T> rest, int length)
        {
            Span<T> taken = rest[..length];
            rest = rest[length..];
            return taken;
        }
    }
}
