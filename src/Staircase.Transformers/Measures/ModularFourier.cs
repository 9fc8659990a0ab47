using Staircase.Kernels;

namespace Staircase.Transformers;

/// <summary>Takes the <see cref="ModularSpectrum"/> of a model at any weights; keeps what all checkpoints of a training share.</summary>
public sealed class ModularFourier
{
    private readonly ModularTransformer<float> _model;
    private readonly PairSet _training, _all;
    private readonly CyclicOrder _order;
    private readonly int[] _tokens;
    private readonly float[] _waves, _logits, _neurons;

    /// <param name="operation">What it learns.</param>
    /// <param name="training">The pairs that it trains on.</param>
    /// <exception cref="ArgumentException">The operation has no cyclic order, or one of a single place.</exception>
    public ModularFourier(ModularTransformer<float> model, OperationTable operation, PairSet training)
    {
        _order = operation.Order is { Frequencies: > 0 } order
            ? order
            : throw new ArgumentException(
                $"{operation.Name} is not known to be an addition on a circle: there is no Fourier basis to look at it in.");
        (_model, _training, _all) = (model, training, PairSet.All(operation));
        int n = _order.Length;
        _tokens = new int[n];
        for (int token = 0; token < operation.Size; token++)
        {
            if (_order[token] >= 0)
                _tokens[_order[token]] = token;
        }

        // Orthonormal waves over the places: the constant, then cosine and sine of each frequency. Of the highest one of an even circle the
        // sine is zero.
        _waves = new float[(1 + 2 * _order.Frequencies) * n];
        _waves.AsSpan(0, n).Fill((float)(1 / Sqrt(n)));
        for (int k = 1; k <= _order.Frequencies; k++)
        {
            for (int part = 0; part < 2; part++)
            {
                double[] wave = _order.Wave(k, sine: part == 1);
                double norm = Sqrt(wave.Sum(x => x * x));
                for (int i = 0; norm > 1e-6 && i < n; i++)
                    _waves[((2 * k - 1 + part) * n) + i] = (float)(wave[i] / norm);
            }
        }

        _logits = new float[_all.Count * model.Shape.Classes];
        _neurons = new float[_all.Count * model.Shape.MlpDimension];
    }

    /// <summary>The spectrum at some weights.</summary>
    /// <param name="keyFrequencies">
    /// Those that restricted and excluded loss are about; null takes the key frequencies of these weights.
    /// </param>
    public ModularSpectrum Of(ReadOnlySpan<float> weights, IReadOnlyList<int>? keyFrequencies = null)
    {
        _model.Read(weights, _all, _logits, _neurons);
        double[] shares = NeuronShares();
        var spectrum = new ModularSpectrum(shares, [], [], [], 0, 0);
        keyFrequencies ??= spectrum.KeyFrequencies;
        (double[] embedding, double[] amplitudes) = EmbeddingOf(weights);
        double[] key = KeyLogits(keyFrequencies, out double[] mean);
        return new(shares, embedding, OutputNorms(weights), amplitudes, RestrictedLoss(key, mean), ExcludedLoss(key));
    }

    private int Classes => _model.Shape.Classes;

    private int Pair(int a, int b) => (_tokens[a] * _all.Operands) + _tokens[b];

    /// <summary>The place of the right result of places a and b.</summary>
    private int Place(int a, int b) => (a + (_order.Sign * b) + _order.Length) % _order.Length;

    private double[] NeuronShares()
    {
        int n = _order.Length, m = _model.Shape.MlpDimension, waves = 1 + 2 * _order.Frequencies;

        // Along the second operand first, for every place of the first one.
        var along = new float[n * waves * m];
        var slab = new float[n * m];
        var power = new double[m];
        for (int a = 0; a < n; a++)
        {
            for (int b = 0; b < n; b++)
                _neurons.AsSpan(Pair(a, b) * m, m).CopyTo(slab.AsSpan(b * m, m));
            for (int i = 0; i < slab.Length; i++)
                power[i % m] += (double)slab[i] * slab[i];
            MatrixProduct.Of(1f, _waves.AsMatrix(waves, n), slab.AsMatrix(n, m), along.AsSpan(a * waves * m), team: ThreadTeam.Shared);
        }

        double[] constant = Component(0, 0), variance = [.. power.Zip(constant, (p, c) => Max(0, p - c))];
        double[] best = new double[m];
        var owner = new int[m];
        for (int k = 1; k <= _order.Frequencies; k++)
        {
            var explained = new double[m];
            int cosine = 2 * k - 1, sine = 2 * k;
            foreach ((int first, int second) in ((int, int)[])
                [(0, cosine), (0, sine), (cosine, 0), (sine, 0), (cosine, cosine), (cosine, sine), (sine, cosine), (sine, sine)])
            {
                double[] component = Component(first, second);
                for (int j = 0; j < m; j++)
                    explained[j] += component[j];
            }

            for (int j = 0; j < m; j++)
            {
                if (explained[j] > best[j])
                    (best[j], owner[j]) = (explained[j], k);
            }
        }

        var shares = new double[_order.Frequencies];
        double total = variance.Sum();
        for (int j = 0; j < m; j++)
        {
            if (total > 0 && best[j] > 0.5 * variance[j])
                shares[owner[j] - 1] += variance[j] / total;
        }

        return shares;

        // The squared coefficient of every neuron on wave × wave.
        double[] Component(int first, int second)
        {
            var sum = new double[m];
            for (int a = 0; a < n; a++)
            {
                float wave = _waves[first * n + a];
                ReadOnlySpan<float> row = along.AsSpan(((a * waves) + second) * m, m);
                for (int j = 0; j < m; j++)
                    sum[j] += wave * row[j];
            }

            return [.. sum.Select(x => x * x)];
        }
    }

    /// <summary>Fourier components of the rows of a matrix that belong to places: norms, and amplitudes column by column.</summary>
    private (double[] Norms, double[] Amplitudes) Components(int columns, Func<int, int, double> entry)
    {
        int n = _order.Length, K = _order.Frequencies;
        double[] norms = new double[K], amplitudes = new double[K * columns];
        for (int k = 0; k < K; k++)
        {
            for (int c = 0; c < columns; c++)
            {
                double cosine = 0, sine = 0;
                for (int i = 0; i < n; i++)
                {
                    double value = entry(i, c);
                    cosine += _waves[((2 * k + 1) * n) + i] * value;
                    sine += _waves[((2 * k + 2) * n) + i] * value;
                }

                double square = cosine * cosine + sine * sine;
                amplitudes[k * columns + c] = Sqrt(square);
                norms[k] += square;
            }

            norms[k] = Sqrt(norms[k]);
        }

        return (norms, amplitudes);
    }

    private (double[] Norms, double[] Amplitudes) EmbeddingOf(ReadOnlySpan<float> weights)
    {
        int d = _model.Shape.ModelDimension;
        float[] E = _model.Layout.Slice(weights, "embed.W_E").ToArray();
        return Components(d, (place, c) => E[(_tokens[place] * d) + c]);
    }

    private double[] OutputNorms(ReadOnlySpan<float> weights)
    {
        int d = _model.Shape.ModelDimension, m = _model.Shape.MlpDimension;
        var product = new float[m * Classes];
        MatrixView<float> WOut = _model.Layout.Slice(weights, "blocks.0.mlp.W_out").AsMatrix(m, d);
        MatrixProduct.Of(1f, WOut, _model.Layout.Slice(weights, "unembed.W_U").AsMatrix(d, Classes), product);
        return Components(m, (place, neuron) => product[(neuron * Classes) + _tokens[place]]).Norms;
    }

    /// <summary>
    /// The part of the logits in the waves of place(a) ± place(b) with key frequencies, [places of the result, classes], and the mean of
    /// the logits.
    /// </summary>
    private double[] KeyLogits(IReadOnlyList<int> keyFrequencies, out double[] mean)
    {
        int n = _order.Length, C = Classes;
        double[] byPlace = new double[n * C], key = new double[n * C];
        for (int a = 0; a < n; a++)
        {
            for (int b = 0; b < n; b++)
            {
                int pair = Pair(a, b), place = Place(a, b);
                for (int c = 0; c < C; c++)
                    byPlace[place * C + c] += _logits[(pair * C) + c] / (double)n;
            }
        }

        mean = new double[C];
        for (int i = 0; i < byPlace.Length; i++)
            mean[i % C] += byPlace[i] / n;
        foreach (int k in keyFrequencies)
        {
            for (int part = 0; part < 2; part++)
            {
                ReadOnlySpan<float> wave = _waves.AsSpan((2 * k - 1 + part) * n, n);
                for (int c = 0; c < C; c++)
                {
                    double coefficient = 0;
                    for (int i = 0; i < n; i++)
                        coefficient += wave[i] * byPlace[i * C + c];
                    for (int i = 0; i < n; i++)
                        key[i * C + c] += coefficient * wave[i];
                }
            }
        }

        return key;
    }

    private double RestrictedLoss(double[] key, double[] mean)
    {
        int n = _order.Length, C = Classes;
        double[] logits = [.. key.Select((x, i) => x + mean[i % C])];
        return CrossEntropy.Forward<double>(C, logits, _tokens.AsSpan(0, n), logits);
    }

    private double ExcludedLoss(double[] key)
    {
        int C = Classes;
        var logits = new List<double>();
        var targets = new List<int>();
        for (int i = 0; i < _training.Count; i++)
        {
            int a = _order[_training.First[i]], b = _order[_training.Second[i]];
            if (a < 0 || b < 0)
                continue;
            int pair = Pair(a, b), place = Place(a, b);
            for (int c = 0; c < C; c++)
                logits.Add(_logits[(pair * C) + c] - key[(place * C) + c]);
            targets.Add(_training.Targets[i]);
        }

        double[] excluded = [.. logits];
        return targets.Count == 0 ? double.NaN : CrossEntropy.Forward<double>(C, excluded, targets.ToArray(), excluded);
    }
}
