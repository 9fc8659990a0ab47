using System.Text;

namespace Staircase.Checkpoints;

/// <summary>How the heads of an attention are read: its layout, its tensors, and all its sizes.</summary>
internal sealed class HeadReading(LayoutDescription layout, IReadOnlyList<IReadOnlyList<StoredWeight>> weights, SizeSystem sizes)
{
    private readonly Dictionary<string, (int Tensor, int Part)> _places = layout.Tensors
        .SelectMany((tensor, t) => tensor.Matrices.Select((name, part) => (name, t, part))).Where(place => place.name != "_")
        .ToDictionary(place => place.name, place => (place.t, place.part));

    public int Heads { get; } = (int)sizes["n"]!.Value;

    public int KeyValueHeads => (int)(sizes["k"] ?? (
        _places.TryGetValue("k", out var place) && layout.Tensors[place.Tensor] is { Name.IsByHead: false } tensor
            && tensor.View(place.Part, 0, sizes) == tensor.View(place.Part, Heads - 1, sizes) ? 1 : Heads));

    /// <summary>All weights, each once.</summary>
    public IEnumerable<StoredWeight> Weights => weights.SelectMany(own => own);

    /// <summary>Whether single precision holds every entry as it is: nothing is stored in more, and nothing computed.</summary>
    public bool IsSingle => Weights.All(weight => weight.How is null && weight.Tensors.All(IsSingleOrHalf))
        && layout.Formulas.Values.All(formula => formula.IsExact);

    /// <summary>The heads.</summary>
    public HeadWeights[] Read(ITensorSource source)
    {
        double[][][] values = [.. weights.Select(own => own.Select(weight => weight.Read(source)).ToArray())];
        var heads = new HeadWeights[Heads];
        Parallel.For(0, Heads, new ParallelOptions { MaxDegreeOfParallelism = ReadingThreads.Count }, i =>
        {
            heads[i] = new(Matrix("q"), Matrix("k"), Matrix("v"), Matrix("o"));

            double[,] Matrix(string name)
            {
                if (layout.Formulas.TryGetValue(name, out MatrixFormula? formula))
                    return formula.Of(Matrix, sizes);
                (int tensor, int part) = _places[name];
                return layout.Tensors[tensor].View(part, i, sizes).Read(values[tensor][layout.Tensors[tensor].Name.IsByHead ? i : 0]);
            }
        });
        return heads;
    }

    /// <summary>h and d: the rows and columns of a head's queries.</summary>
    /// <exception cref="InvalidOperationException">The sizes of the matrices do not go together.</exception>
    public (int HeadDimension, int ModelDimension) Dimensions()
    {
        (long rows, long columns) = SizeOf("q");
        if (SizeOf("k").Rows is var keyRows && keyRows != rows)
            throw new InvalidOperationException($"queries have {rows} and keys {keyRows} rows a head");
        return SizeOf("v").Rows == SizeOf("o").Columns ? ((int)rows, (int)columns)
            : throw new InvalidOperationException(
                $"values have {SizeOf("v").Rows} rows and the output {SizeOf("o").Columns} columns a head");
    }

    /// <summary>Where every entry of every head is taken from, as text: equal for layouts that read the same numbers.</summary>
    public string Places()
    {
        var text = new StringBuilder();
        for (int i = 0; i < Heads; i++)
        {
            foreach (string role in (ReadOnlySpan<string>)["q", "k", "v", "o"])
                text.Append(InvariantCulture, $"{role}={layout.Formulas.GetValueOrDefault(role)}");
            foreach ((string name, (int tensor, int part)) in _places)
            {
                StoredWeight weight = weights[tensor][layout.Tensors[tensor].Name.IsByHead ? i : 0];
                text.Append(InvariantCulture, $";{name}:{weight.Name}{layout.Tensors[tensor].View(part, i, sizes)}");
            }
        }

        return text.ToString();
    }

    /// <summary>The rows and columns of a matrix of each head.</summary>
    public (long Rows, long Columns) SizeOf(string name)
    {
        if (layout.Formulas.TryGetValue(name, out MatrixFormula? formula))
            return formula.Size(SizeOf, sizes);
        (int tensor, int part) = _places[name];
        MatrixView view = layout.Tensors[tensor].View(part, 0, sizes);
        return (view.Rows, view.Columns);
    }

    private static bool IsSingleOrHalf(TensorInfo tensor) => tensor.ElementType is ElementType.F32 or ElementType.F16 or ElementType.BF16;
}
