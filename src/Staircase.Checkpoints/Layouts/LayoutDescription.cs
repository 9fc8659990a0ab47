using System.Text;

namespace Staircase.Checkpoints;

/// <summary>How a kind of model stores its attention, as a text: names of tensors and what their axes are.</summary>
/// <remarks>
/// Sizes are n heads, k key/value heads, h the dimension of a head, d that of the model; query head i uses key/value head ⌊i·k/n⌋. Several
/// descriptions may have one name: the variants of a layout. docs/analyze.md has the language.
/// </remarks>
public sealed class LayoutDescription
{
    internal const string Example = "'q: layers.{layer}.attn.q.weight [(n h) d]; k: …; v: …; o: …'";

    private const int LongestFile = 100_000;

    private static readonly Lazy<IReadOnlyList<LayoutDescription>> Known = new(ReadBuiltIn);

    internal LayoutDescription()
    {
    }

    /// <summary>Every layout that the program knows, its variants one after the other.</summary>
    public static IReadOnlyList<LayoutDescription> BuiltIn => Known.Value;

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>Whose it is.</summary>
    public required string About { get; init; }

    /// <summary>Its lines, as they are written.</summary>
    public required IReadOnlyList<string> Lines { get; init; }

    /// <summary>The model types, in the words of config.json, that have this layout and no other with the same names.</summary>
    internal IReadOnlyList<string> ModelTypes { get; init; } = [];

    /// <summary>Keys that only such models have.</summary>
    internal IReadOnlyList<string> SaidBy { get; init; } = [];

    /// <summary>A key and its values that must be stated before this layout is taken without being asked for; null for none.</summary>
    internal (string Key, string[] Values)? Needs { get; init; }

    internal IReadOnlyList<string> Notes { get; init; } = [];

    internal bool IsRotary { get; init; }

    internal IReadOnlyList<LayoutTensor> Tensors { get; init; } = [];

    internal IReadOnlyList<SizeHint> Hints { get; init; } = [];

    internal IReadOnlyDictionary<string, MatrixFormula> Formulas { get; init; } =
        new Dictionary<string, MatrixFormula>();

    /// <summary>The sizes that must be known, n first.</summary>
    internal IReadOnlyList<string> Symbols => field ??=
    [
        .. Tensors.SelectMany(tensor => tensor.Axes).SelectMany(axis => axis.All()).SelectMany(f => new[] { f.Symbol, f.Divisor })
            .OfType<string>().Prepend("n").Distinct(),
    ];

    /// <summary>Whether it is written from heads as they are read: no matrix is the product or a part of others.</summary>
    public bool IsWritable => Formulas.Values.All(formula => formula is MatrixFormula.Constant);

    /// <summary>The layouts of a name, of a file, or of a text.</summary>
    /// <exception cref="ArgumentException">There is none of that name, or the text is not of the language.</exception>
    public static IReadOnlyList<LayoutDescription> Of(string text)
    {
        LayoutDescription[] named = [.. BuiltIn.Where(layout => layout.Name == text)];
        if (named.Length > 0)
            return named;
        bool isText = text.Contains('[') && text.Contains(':');
        if (!isText && !File.Exists(text))
        {
            throw new ArgumentException(
                $"Unknown layout '{text}': known are {string.Join(", ", HeadLayout.Names)}, a FILE or a text such as {Example}.");
        }

        try
        {
            if (isText)
                return LayoutText.Parse(text);
            if (new FileInfo(text).Length > LongestFile)
                throw new FormatException("it is too long for a description of a layout");
            return LayoutText.Parse(File.ReadAllText(text));
        }
        catch (FormatException exception)
        {
            throw new ArgumentException($"The layout {(isText ? "" : $"in {text} ")}cannot be read: {exception.Message}.", exception);
        }
    }

    /// <summary>What a layer's tensors are, given its heads; the inverse of reading.</summary>
    /// <param name="heads">The heads of the layer; those of a key/value group have the same keys and values.</param>
    /// <param name="keyValueHeads">k, which divides their number.</param>
    /// <param name="layer">The number of the layer.</param>
    /// <param name="prefix">What stands before the names, with its dot.</param>
    /// <exception cref="InvalidOperationException">It is not <see cref="IsWritable"/>, or the heads do not fit it.</exception>
    public IReadOnlyList<Tensor> Write(IReadOnlyList<HeadWeights> heads, int keyValueHeads, int layer = 0, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(heads);
        SizeSystem sizes = SizesOf(heads.Count, keyValueHeads, role =>
        {
            double[,] matrix = heads[0][role];
            return (matrix.GetLength(0), matrix.GetLength(1));
        });
        return [.. Filled(sizes, layer, prefix).Select(tensor =>
            new Tensor(tensor.Name, tensor.Shape, tensor.Fill((name, head) => heads[head][name])))];
    }

    /// <summary>All sizes of a layer to be written, given how many heads there are and what is the size of each matrix of one.</summary>
    /// <exception cref="InvalidOperationException">It is not <see cref="IsWritable"/>, or the heads do not fit it.</exception>
    internal SizeSystem SizesOf(int heads, int keyValueHeads, Func<string, (long Rows, long Columns)> size)
    {
        if (!IsWritable)
            throw new InvalidOperationException($"Layout {Name} is read only: its matrices are made of others.");
        var sizes = new SizeSystem();
        bool fits = sizes.Set("n", heads);
        foreach (LayoutTensor tensor in Tensors)
        {
            for (int part = 0; part < tensor.Matrices.Count; part++)
            {
                string role = tensor.Matrices[part];
                if (role == "_")
                    continue;
                (long rows, long columns) = size(role);
                IReadOnlyList<AxisFactor> kept = tensor.Kept(part);
                if (kept.Count != 2)
                    throw new InvalidOperationException($"Layout {Name} is read only: {tensor.Name} holds more than matrices.");
                bool transposed = role == "o" ? !kept[0].IsStream : kept[0].IsStream && !kept[1].IsStream;
                fits = fits && sizes.Add(kept[0].Size, transposed ? columns : rows) && sizes.Add(kept[1].Size, transposed ? rows : columns);
            }
        }

        return fits && sizes.Set("k", keyValueHeads) && Symbols.All(symbol => sizes[symbol] is not null) ? sizes
            : throw new InvalidOperationException($"The heads do not fit layout {Name}.");
    }

    /// <summary>A layer's tensors, each with what fills it, given every matrix of every head; parts that are not read become 1.</summary>
    internal IEnumerable<(string Name, long[] Shape, Func<Func<string, int, double[,]>, double[]> Fill)> Filled(
        SizeSystem sizes, int layer, string prefix)
    {
        var place = new TensorPlace(prefix, layer, $"{layer}", new(new Dictionary<string, string>()));
        int n = (int)sizes["n"]!.Value;
        foreach (LayoutTensor tensor in Tensors)
        {
            long[] shape = [.. tensor.Axes.Select(sizes.Length)];
            for (int head = 0; head < (tensor.Name.IsByHead ? n : 1); head++)
            {
                int own = head;
                yield return (tensor.Name.Names(place, own).First(), shape, matrix =>
                    Values(tensor, shape, tensor.Name.IsByHead ? [own] : Range(0, n), matrix));
            }
        }

        double[] Values(LayoutTensor tensor, long[] shape, IEnumerable<int> heads, Func<string, int, double[,]> matrix)
        {
            var values = new double[shape.Aggregate(1L, (product, axis) => product * axis)];
            Array.Fill(values, 1);
            foreach (int head in heads)
            {
                for (int part = 0; part < tensor.Matrices.Count; part++)
                {
                    if (tensor.Matrices[part] != "_")
                        tensor.View(part, head, sizes).Write(matrix(tensor.Matrices[part], head), values);
                }
            }

            return values;
        }
    }

    /// <summary>The text.</summary>
    public override string ToString() => string.Join('\n', Lines);

    private static IReadOnlyList<LayoutDescription> ReadBuiltIn()
    {
        using Stream stream = typeof(LayoutDescription).Assembly.GetManifestResourceStream("Staircase.Checkpoints.Layouts.layouts.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return LayoutText.Parse(reader.ReadToEnd());
    }
}
