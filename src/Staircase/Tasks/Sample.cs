using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>
/// Finitely many sequences of a task. Nothing is stored: sequence i is drawn from its own random stream whenever
/// it is read, so memory does not grow with the number of sequences and the order of reading does not matter.
/// </summary>
public sealed class Sample : ISequenceSource
{
    private const int ShortRow = 16; // up to this length a plain loop is faster than a call of the vector kernel
    private const double SmallestVariance = 1e-13; // relative to the largest; below it nothing but rounding is left to whiten

    private readonly ulong _seed;
    private readonly double[] _inputFactor; // D×D: column d is √λ_d e_d
    private readonly double[] _taskFactor;  // D×D: E Ω^{1/2}
    private readonly double[] _inWeightTask;
    private readonly double[]? _whitening;  // D×D, applied to w − mean
    private readonly double[]? _taskMean;
    private readonly double[]? _positionMeans; // (N+1)×D

    internal Sample(RegressionTask task, long count, ulong seed, SampleCorrections corrections)
    {
        if (count < 1)
            throw new ArgumentException($"A sample needs at least one sequence, not {count}.");
        Task = task.Validated();
        Count = count;
        _seed = seed;
        (_inputFactor, _taskFactor) = TaskFactors.Of(task);
        _inWeightTask = DrawInWeightTask(task.InputDimension, seed);
        if (corrections.HasFlag(SampleCorrections.WhitenTasks) && task.InContextFraction == 1)
            (_taskMean, _whitening) = Whitening();
        if (corrections.HasFlag(SampleCorrections.CentreInputs))
            _positionMeans = PositionMeans();
    }

    /// <summary>The distribution the sequences come from.</summary>
    public RegressionTask Task { get; }

    /// <inheritdoc/>
    public long Count { get; }

    /// <inheritdoc/>
    public int InputDimension => Task.InputDimension;

    /// <inheritdoc/>
    public int ContextLength => Task.ContextLength;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Read(long index, Span<double> tokens)
    {
        int D = InputDimension, N = ContextLength, width = D + 1;
        Span<double> w = stackalloc double[D];
        Span<double> g = stackalloc double[D];
        double c = Task.InContextFraction;
        bool inContext = c == 1 || Floor((index + 1) * c) > Floor(index * c);
        TaskMixture? mixture = Task.Mixture;
        int vectors = VectorsPerSequence;
        Span<double> components = vectors * D <= 256 ? stackalloc double[vectors * D] : new double[vectors * D];
        if (mixture is not null)
        {
            for (int k = 0; k < vectors; k++)
                DrawTask(index * vectors + k, g, components.Slice(k * D, D));
        }
        else if (inContext)
            DrawTask(index, g, w);
        else
            _inWeightTask.CopyTo(w);
        var choice = new RandomStream(_seed, RandomPurpose.Component, index);

        var random = new RandomStream(_seed, RandomPurpose.Inputs, index);
        double noise = Sqrt(Task.LabelNoise);
        double target = 0;
        for (int n = 0; n <= N; n++)
        {
            Span<double> x = tokens.Slice(n * width, D);
            random.FillNormal(g);
            Transform(_inputFactor, g, x);
            if (_positionMeans is not null)
                AddScaled(-1, _positionMeans.AsSpan(n * D, D), x);
            if (mixture is not null)
                TakeComponent(mixture, mixture.Draw(ref choice), components, w);
            if (n == N)
            {
                target = Dot(w, x);
                tokens[n * width + D] = 0;
                break;
            }

            double label = c == 0 ? random.NextNormal() : Dot(w, x);
            if (noise > 0)
                label += noise * random.NextNormal();
            tokens[n * width + D] = label;
        }

        return target;
    }

    /// <summary>Task vectors that a sequence draws: β alone for the pair ±β.</summary>
    private int VectorsPerSequence => Task.Mixture is { IsAntipodal: false } mixture ? mixture.Weights.Count : 1;

    private static void TakeComponent(TaskMixture mixture, int component, ReadOnlySpan<double> components, Span<double> w)
    {
        if (mixture.IsAntipodal)
            Scale(component == 0 ? 1 : -1, components, w);
        else
            components.Slice(component * w.Length, w.Length).CopyTo(w);
    }

    private void DrawTask(long index, Span<double> scratch, Span<double> w)
    {
        if (Task.TaskVectors is { } vectors)
            vectors[(int)(index % vectors.Count)].CopyTo(w);
        else
        {
            new RandomStream(_seed, RandomPurpose.TaskVector, index).FillNormal(scratch);
            Transform(_taskFactor, scratch, w);
        }

        if (_whitening is null)
            return;
        AddScaled(-1, _taskMean, w);
        w.CopyTo(scratch);
        Transform(_whitening, scratch, w);
    }

    /// <summary>destination = factor · source for a row-major D×D factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Transform(ReadOnlySpan<double> factor, ReadOnlySpan<double> source, Span<double> destination)
    {
        int D = source.Length;
        for (int i = 0; i < D; i++)
        {
            ReadOnlySpan<double> row = factor.Slice(i * D, D);
            double sum = 0;
            if (D > ShortRow)
                sum = Dot(row, source);
            else
            {
                for (int j = 0; j < row.Length; j++)
                    sum += row[j] * source[j];
            }

            destination[i] = sum;
        }
    }

    private static double[] DrawInWeightTask(int D, ulong seed)
    {
        var w = new double[D];
        var random = new RandomStream(seed, RandomPurpose.InWeightTask);
        random.FillNormal(w);
        double scale = Sqrt(D / SumOfSquares(w));
        return Array.ConvertAll(w, x => x * scale);
    }

    private (double[] Mean, double[] Whitening) Whitening()
    {
        int D = InputDimension;
        long vectors = Count * VectorsPerSequence;
        if (vectors <= D)
        {
            throw new ArgumentException(
                $"Whitening task vectors needs more sequences than dimensions; found {Count} sequences in dimension {D}.");
        }

        var mean = new double[D];
        var covariance = Matrix.Build.Dense(D, D);
        var scratch = new double[D];
        var w = new double[D];
        for (long i = 0; i < vectors; i++)
        {
            DrawTask(i, scratch, w);
            AddScaled(1, w, mean);
            for (int a = 0; a < D; a++)
            {
                for (int b = 0; b < D; b++)
                    covariance[a, b] += w[a] * w[b];
            }
        }

        for (int a = 0; a < D; a++)
            mean[a] /= vectors;
        for (int a = 0; a < D; a++)
        {
            for (int b = 0; b < D; b++)
                covariance[a, b] = (covariance[a, b] - vectors * mean[a] * mean[b]) / (vectors - 1);
        }

        var eigen = covariance.Evd(Symmetricity.Symmetric);
        double[] variances = [.. eigen.EigenValues.Select(z => z.Real)];
        int spanned = variances.Count(variance => variance > SmallestVariance * variances.Max());
        if (spanned < D)
        {
            throw new ArgumentException(
                $"Whitening task vectors needs all {D} dimensions; those of this sample span {spanned} (task covariance, --whiten).");
        }

        var inverseRoot = eigen.EigenVectors
            * Matrix.Build.DenseOfDiagonalVector(eigen.EigenValues.Map(z => 1 / Sqrt(z.Real)))
            * eigen.EigenVectors.Transpose();
        return (mean, inverseRoot.ToRowMajorArray());
    }

    /// <summary>Sums over fixed blocks of sequences, added in order, so the means do not depend on the number of cores.</summary>
    private double[] PositionMeans()
    {
        const int block = 1024;
        int D = InputDimension, width = D + 1, tokens = ContextLength + 1;
        var sums = new double[(Count + block - 1) / block][];
        Parallel.For(0, sums.Length, ThreadTeam.Limit, b =>
        {
            var sum = new double[tokens * D];
            var buffer = new double[tokens * width];
            for (long i = b * (long)block; i < Min(Count, (b + 1) * (long)block); i++)
            {
                Read(i, buffer);
                for (int n = 0; n < tokens; n++)
                    AddScaled(1, buffer.AsSpan(n * width, D), sum.AsSpan(n * D, D));
            }

            sums[b] = sum;
        });

        var means = new double[tokens * D];
        foreach (double[] sum in sums)
            AddScaled(1.0 / Count, sum, means);
        return means;
    }
}
