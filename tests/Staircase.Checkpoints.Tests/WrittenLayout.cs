using System.Globalization;

namespace Staircase.Checkpoints.Tests;

/// <summary>
/// A checkpoint of a layout with heads that are known, written without the program's own arithmetic: every entry of every tensor is traced
/// back from its flat index to the sizes that it runs through.
/// </summary>
internal sealed class WrittenLayout
{
    private readonly Dictionary<string, long> _sizes;
    private readonly int _seed;

    public WrittenLayout(LayoutDescription layout, Dictionary<string, long> sizes, int seed)
    {
        (Layout, _sizes, _seed) = (layout, sizes, seed);
        Tensors = [.. new[] { 3, 12 }.SelectMany(TensorsOf)];
    }

    public LayoutDescription Layout { get; }

    public TensorToWrite[] Tensors { get; }

    public int Heads => (int)_sizes["n"];

    public int KeyValueHeads => (int)_sizes.GetValueOrDefault("k", _sizes["n"]);

    /// <summary>What the layout needs to be stated beside it, and nothing else.</summary>
    public ModelConfig Config => Layout.Needs is { } need ? LayoutPropertyTests.Config((need.Key, need.Values[0])) : ModelConfig.Empty;

    /// <summary>The head as it went in.</summary>
    public HeadWeights Head(int layer, int head)
    {
        var known = new Dictionary<string, double[,]>(StringComparer.Ordinal);
        return new(Role("q"), Role("k"), Role("v"), Role("o"));

        // The formulas of the layouts that have some, worked out by hand.
        double[,] Role(string role) => !Layout.Formulas.TryGetValue(role, out MatrixFormula? formula) ? M(role) : $"{formula}" switch
        {
            "1[d]" => Identity(_sizes["d"]),
            "1[(x | 1)]" => Identity(_sizes["x"] + 1),
            "(0[x 1] | 1[1])" => Fill(_sizes["x"] + 1, 1, (i, _) => i == _sizes["x"] ? 1 : 0),
            "((m, 0[x 1]) | (l, 0[1 1]))" => Fill(_sizes["x"] + 1, _sizes["x"] + 1,
                (i, j) => j == _sizes["x"] ? 0 : i == _sizes["x"] ? M("l")[0, j] : M("m")[i, j]),
            "(w, y)" => Fill(1, _sizes["x"] + 1, (_, j) => j == _sizes["x"] ? M("y")[0, 0] : M("w")[0, j]),
            "(a, 0[h 1])" => Fill(_sizes["h"], _sizes["x"] + 1, (i, j) => j == _sizes["x"] ? 0 : M("a")[i, j]),
            "(b, l)" => Fill(_sizes["h"], _sizes["x"] + 1, (i, j) => j == _sizes["x"] ? M("l")[i, 0] : M("b")[i, j]),
            "qb qa" => Product(M("qb"), M("qa")),
            "vb kc" => Product(M("vb"), M("kc")),
            "(kb kc | kr)" => Above(Product(M("kb"), M("kc")), M("kr")),
            var unknown => throw new InvalidOperationException($"The test does not know the formula {unknown}."),
        };

        double[,] M(string name)
        {
            if (known.TryGetValue(name, out double[,]? matrix))
                return matrix;
            LayoutTensor tensor = Layout.Tensors.Single(t => t.Matrices.Contains(name, StringComparer.Ordinal));
            int part = tensor.Matrices.ToList().IndexOf(name);
            (long rows, long columns) = Size(tensor, part);
            return known[name] = Fill(rows, columns, (i, j) => Entry(name, layer, Owner(tensor, part, head), i, j));
        }
    }

    private static double[,] Identity(long n) => Fill(n, n, (i, j) => i == j ? 1 : 0);

    private static double[,] Fill(long rows, long columns, Func<long, long, double> entry)
    {
        var matrix = new double[rows, columns];
        for (long i = 0; i < rows; i++)
        {
            for (long j = 0; j < columns; j++)
                matrix[i, j] = entry(i, j);
        }

        return matrix;
    }

    private static double[,] Above(double[,] a, double[,] b) => Fill(a.GetLength(0) + b.GetLength(0), a.GetLength(1),
        (i, j) => i < a.GetLength(0) ? a[i, j] : b[i - a.GetLength(0), j]);

    private static double[,] Product(double[,] a, double[,] b) => Fill(a.GetLength(0), b.GetLength(1),
        (i, j) => Enumerable.Range(0, b.GetLength(0)).Sum(k => a[i, k] * b[k, j]));

    /// <summary>Which of the heads' matrices it is: the head, its group, or one for all.</summary>
    private int Owner(LayoutTensor tensor, int part, int head)
    {
        string axes = tensor.AxesText;
        if (tensor.Axes.SelectMany(axis => axis.All())
            .FirstOrDefault(f => f.Parts.Count > 1 && f.Parts.Count == tensor.Matrices.Count) is { } split)
            axes = axes.Replace($"{split}", string.Join(' ', split.Parts[part]), StringComparison.Ordinal);
        return tensor.Name.IsByHead || axes.Contains('n', StringComparison.Ordinal) ? head
            : axes.Contains('k', StringComparison.Ordinal) ? head * KeyValueHeads / Heads : 0;
    }

    /// <summary>A number that depends on all that it belongs to.</summary>
    private double Entry(string name, int layer, int owner, long row, long column)
    {
        uint hash = (uint)_seed * 2654435761;
        foreach (long part in (ReadOnlySpan<long>)[name[0] * 131 + name[^1], layer, owner, row, column])
        {
            hash ^= (uint)part + 0x9E3779B9 + (hash << 6) + (hash >> 2);
            hash *= 2246822519;
            hash ^= hash >> 15;
        }

        return (int)(hash % 20011) - 10005; // whole numbers: sums of products are exact
    }

    private IEnumerable<TensorToWrite> TensorsOf(int layer)
    {
        if (layer != 3 && !Layout.Tensors[0].Name.Text.Contains("{layer}", StringComparison.Ordinal))
            yield break;
        foreach (LayoutTensor tensor in Layout.Tensors)
        {
            long[] shape = [.. tensor.Axes.Select(axis => Length([axis]))];
            var words = tensor.Name.Words.ToDictionary(w => w.Word, w => w.Choices[_seed % w.Choices.Length], StringComparer.Ordinal);
            var place = new TensorPlace("", layer, layer.ToString(CultureInfo.InvariantCulture), new(words));
            for (int own = 0; own < (tensor.Name.IsByHead ? Heads : 1); own++)
            {
                var values = new double[shape.Aggregate(1L, (a, b) => a * b)];
                for (long at = 0; at < values.Length; at++)
                    values[at] = At(tensor, layer, own, at);
                string[] spellings = [.. tensor.Name.Names(place, own)];
                yield return TensorToWrite.Create(spellings[_seed % spellings.Length], shape, values);
            }
        }
    }

    private double At(LayoutTensor tensor, int layer, int own, long flat)
    {
        var at = new Dictionary<string, long>(StringComparer.Ordinal);
        var rest = new List<(string Symbol, long Index)>();
        int part = tensor.Matrices.Count > 1 ? -1 : 0;
        Trace(tensor.Axes, flat);
        string name = tensor.Matrices[part];
        if (name == "_")
            return 77777;
        int head = tensor.Name.IsByHead ? own
            : at.TryGetValue("k", out long group) && at.TryGetValue("n/k", out long member)
                ? (int)(group * (Heads / KeyValueHeads) + member)
            : at.TryGetValue("n", out long i) ? (int)i : (int)at.GetValueOrDefault("k");
        int owner = tensor.Name.IsByHead || at.ContainsKey("n") || name == "q" ? head
            : at.TryGetValue("k", out long kv) ? (int)kv : 0;
        bool isStreamFirst = rest.Count > 1 && rest[0].Symbol is "d" or "e" or "f";
        bool isTurned = name switch
        {
            "q" or "k" or "v" => isStreamFirst && rest[^1].Symbol is not ("d" or "e" or "f"),
            "o" => !isStreamFirst && rest.Count > 1 && rest[^1].Symbol is "d",
            _ => false,
        };
        long first = rest.Count > 0 ? rest[0].Index : 0, second = rest.Count > 1 ? rest[1].Index : 0;
        return isTurned ? Entry(name, layer, owner, second, first) : Entry(name, layer, owner, first, second);

        void Trace(IReadOnlyList<AxisFactor> factors, long index)
        {
            foreach (AxisFactor factor in factors)
            {
                long below = Length([.. factors.SkipWhile(f => !ReferenceEquals(f, factor)).Skip(1)]), own = index / below;
                index %= below;
                if (factor.Symbol is { } symbol)
                {
                    string key = factor.Divisor is null ? symbol : $"{symbol}/{factor.Divisor}";
                    if (key is "n" or "k" or "n/k")
                        at[key] = own;
                    else
                        rest.Add((key, own));
                }
                else if (factor.Number > 0 && part < 0)
                {
                    part = (int)own;
                }
                else if (factor.Number > 0)
                {
                    rest.Add(("1", own));
                }
                else if (factor.Parts.Count == 1)
                {
                    Trace(factor.Parts[0], own);
                }
                else if (part < 0)
                {
                    for (part = 0; own >= Length(factor.Parts[part]); part++)
                        own -= Length(factor.Parts[part]);
                    if (factor.Parts[part] is not [{ Number: 1 }])
                        Trace(factor.Parts[part], own);
                }
                else
                {
                    rest.Add(("sum", own));
                }
            }
        }
    }

    private (long Rows, long Columns) Size(LayoutTensor tensor, int part)
    {
        var sizes = new List<(string Symbol, long Size)>();
        foreach (AxisFactor axis in tensor.Axes)
            Add(axis);
        string name = tensor.Matrices[part];
        long first = sizes.Count > 0 ? sizes[0].Size : 1, second = sizes.Count > 1 ? sizes[1].Size : 1;
        bool streamFirst = sizes.Count > 1 && sizes[0].Symbol is "d" or "e" or "f";
        bool turned = name is "q" or "k" or "v" ? streamFirst && sizes[^1].Symbol is not ("d" or "e" or "f")
            : name == "o" && !streamFirst && sizes.Count > 1 && sizes[^1].Symbol == "d";
        return turned ? (second, first) : (first, second);

        void Add(AxisFactor factor)
        {
            if (factor.Symbol is "n" or "k" || factor.Number > 1)
                return;
            if (factor.Number == 1)
                sizes.Add(("1", 1));
            else if (factor.Symbol is { } symbol)
                sizes.Add((symbol, _sizes[symbol]));
            else if (factor.Parts.Count == 1)
                factor.Parts[0].ToList().ForEach(Add);
            else if (factor.Parts.Count == tensor.Matrices.Count && factor.Parts[part] is not [{ Number: 1 }])
                factor.Parts[part].ToList().ForEach(Add);
            else if (factor.Parts.Count != tensor.Matrices.Count)
                sizes.Add(("sum", Length([factor])));
        }
    }

    /// <summary>The length of a product of factors.</summary>
    private long Length(IReadOnlyList<AxisFactor> factors) => factors.Aggregate(1L, (length, factor) => length * (
        factor.Symbol is { } symbol ? factor.Divisor is { } divisor ? _sizes[symbol] / _sizes[divisor] : _sizes[symbol]
        : factor.Number > 0 ? factor.Number : factor.Parts.Sum(Length)));
}
