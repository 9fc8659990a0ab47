using Staircase.Checkpoints;

namespace Staircase.Lab.Tests;

/// <summary>Series of small checkpoints whose circuits are known by construction.</summary>
internal static class AnalyzedSeries
{
    public const int ModelDimension = 4;

    /// <summary>A term σ u vᵀ of a circuit.</summary>
    public sealed record Term(double Size, double[] Left, double[] Right);

    /// <summary>A unit vector along an axis.</summary>
    public static double[] Axis(int i) => [.. Enumerable.Range(0, ModelDimension).Select(j => i == j ? 1.0 : 0)];

    /// <summary>A unit vector in the plane of two axes, at an angle to the first.</summary>
    public static double[] Turned(double angle, int first = 0, int second = 1) =>
        [.. Axis(first).Zip(Axis(second), (a, b) => Math.Cos(angle) * a + Math.Sin(angle) * b)];

    /// <summary>Layers of heads whose QK and OV are sums of terms, as TransformerLens stores them: [n, d, h] and [n, h, d].</summary>
    public static TensorToWrite[] Heads(params (Term[] QK, Term[] OV)[][] layers) =>
    [
        .. layers.SelectMany((heads, layer) => new[]
        {
            Tensor(layer, "W_Q", heads, head => head.QK, (term, i) => term.Size * term.Left[i]),
            Tensor(layer, "W_K", heads, head => head.QK, (term, i) => term.Right[i]),
            Tensor(layer, "W_V", heads, head => head.OV, (term, i) => term.Right[i]),
            Tensor(layer, "W_O", heads, head => head.OV, (term, i) => term.Size * term.Left[i]),
        }),
    ];

    /// <summary>A checkpoint of one head.</summary>
    public static TensorToWrite[] Head(Term[] qk, Term[] ov) => Heads([(qk, ov)]);

    /// <summary>A matrix in double precision, row by row.</summary>
    public static TensorToWrite Matrix(string name, int rows, int columns, params double[] values) =>
        TensorToWrite.Create(name, [rows, columns], values);

    /// <summary>Writes checkpoints into a folder of a series.</summary>
    public static string Write(TemporaryFolder folder, IEnumerable<long> steps, Func<long, TensorToWrite[]> checkpoint)
    {
        string path = folder["series"];
        Directory.CreateDirectory(path);
        foreach (long step in steps)
            SafetensorsWriter.Write(Path.Combine(path, $"step{step}.safetensors"), checkpoint(step));
        return path;
    }

    private static TensorToWrite Tensor(
        int layer, string name, (Term[] QK, Term[] OV)[] heads, Func<(Term[] QK, Term[] OV), Term[]> circuit, Func<Term, int, double> entry)
    {
        int h = circuit(heads[0]).Length;
        IEnumerable<int> axes = Enumerable.Range(0, ModelDimension);
        double[] values = name == "W_O"
            ? [.. heads.SelectMany(head => circuit(head).SelectMany(term => axes.Select(i => entry(term, i))))]
            : [.. heads.SelectMany(head => axes.SelectMany(i => circuit(head).Select(term => entry(term, i))))];
        long[] shape = name == "W_O" ? [heads.Length, h, ModelDimension] : [heads.Length, ModelDimension, h];
        return TensorToWrite.Create($"blocks.{layer}.attn.{name}", shape, values);
    }
}
