namespace Staircase.Checkpoints;

/// <summary>
/// The weights of a checkpoint as what they mean, by their names without what wrappers add: codes of float8 and int8 times their scales,
/// MXFP4 blocks, LoRA adapters added to their base. Codes whose meaning is not known are refused, never read.
/// </summary>
internal sealed class StoredWeights
{
    /// <summary>What wrappers put into names, anywhere.</summary>
    private static readonly HashSet<string> Wrappers =
        new(["_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"]);

    /// <summary>Tensors that stand for a weight in formats that are not read, by what stands instead of <c>weight</c>.</summary>
    private static readonly (string Suffix, string Format)[] Foreign =
    [
        ("qweight", "GPTQ or AWQ"), ("weight_packed", "compressed-tensors (packed)"), ("W_q", "HQQ"),
        ("weight.absmax", "bitsandbytes 4-bit"), ("weight.quant_map", "bitsandbytes 4-bit"),
    ];

    private const string Base = ".base_layer.weight", Blocks = "_blocks", ScalesOfBlocks = "_scales";
    private const string LoraPrefix = "base_model.model.", Product = ".lora_product";
    private const int ValuesOfABlock = 32;

    private static readonly string[] MoreThanScales = ["_zero_point", "_global_scale", "_scale_2"];

    private static readonly string[] FirstFactors = [".lora_A.weight", ".lora_A.default.weight"];

    /// <summary>The values of a 4-bit float, 2 exponent and 1 mantissa bits (OCP microscaling formats, 2023).</summary>
    private static readonly double[] Float4 = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6];

    private readonly Dictionary<string, TensorInfo> _tensors = new();
    private readonly Dictionary<string, StoredWeight?> _weights = new();
    private readonly HashSet<string> _names = new();
    private readonly ModelConfig _config;

    /// <param name="source">The checkpoint; no tensor of it is read.</param>
    /// <param name="config">What is known beside it: sizes of blocks, the scale of an adapter.</param>
    public StoredWeights(ITensorSource source, ModelConfig config)
    {
        _config = config;
        foreach (TensorInfo tensor in source.Tensors)
        {
            string name = Plain(tensor.Name);
            if (!_tensors.TryAdd(name, tensor))
                _tensors.TryAdd(name = tensor.Name, tensor);
            _names.Add(name);
            HasAdapter |= name.Contains(".lora_A.");
            if (name.EndsWith(Base, StringComparison.Ordinal))
                _names.Add($"{name[..^Base.Length]}.weight");
            else if (name.EndsWith(Blocks, StringComparison.Ordinal))
                _names.Add(name[..^Blocks.Length]);
            else if (Array.Find(Foreign, foreign => name.EndsWith($".{foreign.Suffix}", StringComparison.Ordinal)).Suffix is { } suffix)
                _names.Add($"{name[..^suffix.Length]}weight");
        }
    }

    /// <summary>The names of all weights.</summary>
    public IEnumerable<string> Names => _names;

    /// <summary>Whether there are tensors of a LoRA adapter.</summary>
    public bool HasAdapter { get; }

    /// <summary>
    /// A weight by its name; null where there is none. What cannot be read is there with its <see cref="StoredWeight.Refusal"/>.
    /// </summary>
    public StoredWeight? Find(string name)
    {
        if (!_weights.TryGetValue(name, out StoredWeight? weight))
            _weights.Add(name, weight = Resolve(name));
        return weight;
    }

    /// <summary>
    /// A tensor as what it means, for who asks for it by its own name: codes times their scale, the product of an adapter's factors
    /// (<c>….lora_product</c>); whole numbers that are not known to be codes are themselves.
    /// </summary>
    public StoredWeight? Matrix(string name)
    {
        if (name.EndsWith(Product, StringComparison.Ordinal))
            return ProductOf(name[..^Product.Length]);
        if (Find(Plain(name)) is not { } weight || HasAdapter)
            return _tensors.TryGetValue(Plain(name), out TensorInfo? tensor) ? Decoded(Plain(name), Stem(Plain(name)), tensor) : null;
        bool isCode = weight.Tensors[0].ElementType is ElementType.U8 or ElementType.I8 || !weight.Tensors[0].ElementType.IsInteger()
            || Array.Exists(Foreign, foreign => name.EndsWith($".{foreign.Suffix}", StringComparison.Ordinal));
        return weight.Refusal is not null && !isCode ? weight with { Refusal = null } : weight;
    }

    /// <summary>The products of an adapter's factors.</summary>
    public IEnumerable<StoredWeight> Products => _tensors.Keys
        .Where(name => Array.Exists(FirstFactors, factor => name.EndsWith(factor, StringComparison.Ordinal)))
        .Select(name => ProductOf(name[..name.LastIndexOf(".lora_A", StringComparison.Ordinal)])).OfType<StoredWeight>();

    /// <summary>A tensor beside weights; null where there is none.</summary>
    public TensorInfo? Beside(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>A name without what wrappers put into it.</summary>
    public static string Plain(string name) =>
        Wrappers.Any(wrapper => name.Contains(wrapper))
            ? string.Join('.', name.Split('.').Where((segment, i) => !Wrappers.Contains(segment) || name.Length == segment.Length))
            : name;

    private StoredWeight? Resolve(string name)
    {
        string stem = Stem(name);
        StoredWeight? weight = _tensors.TryGetValue(name, out TensorInfo? tensor) ? Decoded(name, stem, tensor)
            : _tensors.TryGetValue(stem + Base, out tensor) ? Decoded(stem + Base, $"{stem}.base_layer", tensor) with { Name = name }
            : _tensors.TryGetValue(name + Blocks, out tensor) && _tensors.TryGetValue(name + ScalesOfBlocks, out TensorInfo? scales)
                ? Microscaled(name, tensor, scales)
            : null;
        if (weight is null)
        {
            foreach ((string suffix, string format) in Foreign)
            {
                if (_tensors.TryGetValue($"{stem}.{suffix}", out tensor))
                    return new(name, [.. tensor.Shape], [tensor], Refusal: NotRead(format, $"{stem}.{suffix}"));
            }

            return null;
        }

        return weight.Refusal is null && HasAdapter ? Adapted(weight, stem) : weight;
    }

    private static string Stem(string name) => name.EndsWith(".weight", StringComparison.Ordinal) ? name[..^".weight".Length] : name;

    private StoredWeight Decoded(string name, string stem, TensorInfo tensor)
    {
        long[] shape = [.. tensor.Shape];
        StoredWeight plain = new(name, shape, [tensor]);
        foreach ((string suffix, string format) in Foreign)
        {
            if (suffix.StartsWith("weight.", StringComparison.Ordinal) && _tensors.ContainsKey($"{stem}.{suffix}"))
                return plain with { Refusal = NotRead(format, $"{stem}.{suffix}") };
        }

        if (!tensor.ElementType.IsReadable())
        {
            string hint = tensor.TypeName.EndsWith("V2", StringComparison.Ordinal)
                ? "; JAX's bfloat16 is saved so, but other pairs of bytes are, too: save it as float32" : "";
            return plain with { Refusal = $"its type {tensor.TypeName} cannot be read as numbers{hint}" };
        }

        bool isByte = tensor.ElementType is ElementType.F8E4M3 or ElementType.F8E5M2 or ElementType.I8;
        if (!isByte)
        {
            return tensor.ElementType.IsInteger()
                ? plain with { Refusal = $"its {tensor.TypeName} are codes, and nothing says what they mean" }
                : plain;
        }

        string[] beside = [$"{name}_scale_inv", $"{name}_scale", $"{stem}.scale_weight", $"{stem}.SCB", $"{name}.SCB"];
        string[] found = [.. beside.Where(_tensors.ContainsKey)];
        string type = tensor.ElementType == ElementType.I8 ? "int8" : "float8";
        if (Array.Find(MoreThanScales, more => _tensors.ContainsKey(name + more)) is { } extra)
            return plain with { Refusal = $"it is {type} with more than a scale beside it ({name}{extra}), which is not read" };
        if (found.Length == 0)
        {
            IEnumerable<string> wanted = beside.Take(4).Select(scale => scale[(stem.Length + 1)..]);
            return plain with { Refusal = $"it is {type} and no scale is beside it (looked for {string.Join(", ", wanted)})" };
        }

        if (found.Length > 1)
            return plain with { Refusal = $"two tensors may be its scale, {found[0]} and {found[1]}" };
        return Scaled(plain, type, found[0], _tensors[found[0]]);
    }

    private static string NotRead(string format, string tensor) => $"it is quantized in a format that is not read, {format} ({tensor})";

    /// <summary>Codes times a scale: of the tensor, of rows, or of blocks.</summary>
    private StoredWeight Scaled(StoredWeight weight, string type, string name, TensorInfo scale)
    {
        if (!scale.ElementType.IsReadable() || weight.Shape is not [> 0 and var rows, > 0 and var columns])
            return weight with { Refusal = $"it is {type}, but it or its scale {name} is no matrix of numbers" };

        // bitsandbytes: the scale is the largest absolute value of a row, which the code 127 stands for.
        bool isLargest = name.EndsWith(".SCB", StringComparison.Ordinal);
        double unit = isLargest ? 1.0 / 127 : 1;
        long[] of = [.. scale.Shape];
        (long height, long width)? block = of switch
        {
            [] or [1] or [1, 1] => (rows, columns),
            [var r] when r == rows => (1, columns),
            [var r, 1] when r == rows => (1, columns),
            [var r, var c] => Block(rows, columns, r, c),
            _ => null,
        };
        string last = name[(name.LastIndexOf('.') + 1)..];
        if (block is not var (blockRows, blockColumns))
        {
            return weight with
            {
                Refusal = $"its scale {name} {TensorShape.Format(of)} is not one a row, and no weight_block_size in config.json "
                    + "says of which blocks it is",
            };
        }

        long across = (columns + blockColumns - 1) / blockColumns;
        return weight with
        {
            Tensors = [.. weight.Tensors, scale],
            How = blockRows == rows && blockColumns == columns ? $"{type} times {last}"
                : blockColumns == columns && blockRows == 1 ? $"{type} times {last}, by rows"
                : $"{type} times {last}, by blocks of {blockRows} × {blockColumns}",
            Combine = values =>
            {
                double[] result = values[0], scales = values[1];
                for (long i = 0; i < rows; i++)
                {
                    for (long j = 0; j < columns; j++)
                        result[i * columns + j] *= unit * scales[i / blockRows * across + j / blockColumns];
                }

                return result;
            },
        };
    }

    /// <summary>The size of blocks of which there are so many, as the config says; from their number alone it does not follow.</summary>
    private (long Height, long Width)? Block(long rows, long columns, long down, long across)
    {
        foreach (string section in (ReadOnlySpan<string>)["quantization_config.", ""])
        {
            long? height = _config.Number($"{section}weight_block_size.0"), width = _config.Number($"{section}weight_block_size.1");
            if (height is > 0 and var h && width is > 0 and var w)
                return (rows + h - 1) / h == down && (columns + w - 1) / w == across ? (h, w) : null;
        }

        return null;
    }

    /// <summary>MXFP4: 32 values of 4 bits share a power of two; the lower half of a byte comes first.</summary>
    private static StoredWeight Microscaled(string name, TensorInfo blocks, TensorInfo scales)
    {
        bool fits = blocks.ElementType == ElementType.U8 && scales.ElementType is ElementType.U8 or ElementType.F8E8M0
            && blocks.Shape.Length == scales.Shape.Length + 1 && blocks.Shape[^1] == ValuesOfABlock / 2
            && blocks.Shape.AsSpan()[..^1].SequenceEqual(scales.Shape.AsSpan());
        if (!fits)
        {
            string both = $"{name}{Blocks} and {name}{ScalesOfBlocks}";
            return new(name, [.. blocks.Shape], [blocks], Refusal: $"{both} are no MXFP4: bytes […, g, 16] and […, g]");
        }

        long[] shape = [.. scales.Shape[..^1], scales.Shape[^1] * ValuesOfABlock];
        bool isPower = scales.ElementType == ElementType.U8; // the other type is read as the power itself
        return new(name, shape, [blocks, scales], "MXFP4 blocks times their scales")
        {
            Combine = values =>
            {
                var result = new double[values[1].Length * ValuesOfABlock];
                for (int i = 0; i < values[0].Length; i++)
                {
                    int code = (int)values[0][i];
                    double scale = values[1][i / (ValuesOfABlock / 2)];
                    if (isPower)
                        scale = ScaleB(1, (int)scale - 127);
                    result[2 * i] = scale * Float4[code & 15];
                    result[2 * i + 1] = scale * Float4[code >> 4];
                }

                return result;
            },
        };
    }

    /// <summary>A weight and the product of the adapter that belongs to it.</summary>
    private StoredWeight Adapted(StoredWeight weight, string stem)
    {
        if ((ProductOf(stem) ?? ProductOf(LoraPrefix + stem)) is not { } product)
            return weight;
        if (product.Refusal is not null || !product.Shape.SequenceEqual(weight.Shape))
        {
            string shape = TensorShape.Format(product.Shape);
            return weight with { Refusal = product.Refusal ?? $"its adapter's product {shape} does not fit it" };
        }

        int own = weight.Tensors.Count;
        Func<double[][], double[]> combine = weight.Combine;
        return weight with
        {
            Tensors = [.. weight.Tensors, .. product.Tensors],
            How = $"{weight.How ?? "their base"} + {product.How}",
            Combine = values =>
            {
                double[] result = combine(values[..own]), change = product.Combine(values[own..]);
                for (int i = 0; i < result.Length; i++)
                    result[i] += change[i];
                return result;
            },
        };
    }

    /// <summary>The product of the factors of an adapter, scaled; null where there are none.</summary>
    private StoredWeight? ProductOf(string stem)
    {
        if (Array.Find(FirstFactors, f => _tensors.ContainsKey(stem + f)) is not { } form)
            return null;
        string name = stem + Product, second = form.Replace("lora_A", "lora_B");
        TensorInfo a = _tensors[stem + form];
        if (!_tensors.TryGetValue(stem + second, out TensorInfo? b) || a.Shape is not [> 0 and var rank, > 0 and var columns]
            || b.Shape is not [> 0 and var rows, var inner] || inner != rank)
        {
            return new(name, [.. a.Shape], [a], Refusal: $"{stem}{form} has no {second[1..]} that fits beside it");
        }

        var product = new StoredWeight(name, [rows, columns], [a, b]);
        if (_tensors.ContainsKey($"{stem}.lora_magnitude_vector") || _config.Has("alpha_pattern.") || _config.Has("rank_pattern."))
            return product with { Refusal = "its adapter has patterns or magnitudes (DoRA), which is not read" };
        if (Scale(rank) is not { } scale)
            return product with { Refusal = "it has a LoRA adapter, and no adapter_config.json beside it states lora_alpha" };
        return product with
        {
            How = $"{scale.ToString("G6", InvariantCulture)} · lora_B lora_A",
            Combine = values =>
            {
                var result = new double[rows * columns];
                for (long i = 0; i < rows; i++)
                {
                    for (long r = 0; r < rank; r++)
                    {
                        double factor = scale * values[1][i * rank + r];
                        for (long j = 0; j < columns; j++)
                            result[i * columns + j] += factor * values[0][r * columns + j];
                    }
                }

                return result;
            },
        };
    }

    /// <summary>lora_alpha / r, or lora_alpha / √r (rank-stabilized); null where nothing states it.</summary>
    private double? Scale(long rank) =>
        _config.Text("lora_alpha") is { } text && double.TryParse(text, InvariantCulture, out double alpha)
            ? _config.Flag("use_rslora") == true ? alpha / Sqrt(rank) : alpha / rank
            : null;
}
