using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Staircase.Checkpoints;

/// <summary>
/// An open <c>.pth</c> or <c>.pt</c> file of torch 1.6 or later: a zip archive whose pickle is read as data, never executed. Safe from
/// several threads.
/// </summary>
/// <remarks>
/// State dicts may be the file itself, or lie under <c>model</c>, <c>model_state_dict</c>, <c>state_dict</c> and the like, or be items of a
/// list, a series in one file. Names lose the prefixes <c>module.</c> and <c>_orig_mod.</c>, which wrappers add. Optimizer states and other
/// objects are not listed; plain numbers and texts beside the weights are <see cref="Metadata"/>. Files of before 1.6 (a bare pickle) and
/// TorchScript's code are not read.
/// </remarks>
public sealed class TorchFile : ITensorSource
{
    private const int MostDepth = 64, MostMetadata = 2000, LongestText = 1000;
    private const long DenseSpan = 4; // numbers read for each that is kept
    private const int EntryBytes = 400; // a name in a table, and what is known of it

    private static readonly string[] StepWords = ["epoch", "step"];
    private static readonly string[] StateDictKeys =
        ["model_state_dict", "state_dict", "model", "module", "model_state", "net", "network", "weights", "params", "ema"];
    private static readonly string[] ListKeys = ["checkpoints", "state_dicts", "model_state_dicts", "models", "snapshots"];
    private static readonly string[] Wrappers = ["_orig_mod.", "module."];

    private readonly TorchArchive _archive;
    private readonly bool _bigEndian, _isItem;
    private readonly Dictionary<string, TorchTensor> _byName;

    private TorchFile(
        string path, TorchArchive archive, bool bigEndian, Dictionary<string, TorchTensor> tensors,
        IReadOnlyDictionary<string, string> metadata, IReadOnlyList<TorchFile> items, bool isItem = false)
    {
        (Path, Metadata, Items) = (path, metadata, items);
        (_archive, _bigEndian, _byName, _isItem) = (archive, bigEndian, tensors, isItem);
        Tensors = [.. tensors.Select(pair => Info(pair.Key, pair.Value))];
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Numbers and texts beside the weights, such as <c>config.n_head</c> or <c>epoch</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// The state dicts of a list in the file, with their steps in the metadata as <c>step</c>; empty where there is none. They live as long
    /// as this file; disposing of one does nothing.
    /// </summary>
    public IReadOnlyList<TorchFile> Items { get; }

    /// <summary>The name of the list in the file that says the steps of the items; null where they are only numbered.</summary>
    internal string? StepsOfItems { get; private init; }

    /// <summary>Opens a file, reads its pickle and checks every tensor against the archive.</summary>
    /// <exception cref="CheckpointFormatException">The file breaks a rule, or is of before torch 1.6.</exception>
    public static TorchFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var context = new ErrorContext(path);
        RequireZip(path, context);
        TorchArchive archive = TorchArchive.Open(path);
        try
        {
            return Read(path, archive, context);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>Whether a zip archive is one of torch's.</summary>
    internal static bool IsPickleName(string member) =>
        member.EndsWith("/data.pkl", StringComparison.Ordinal)
        && member.IndexOf('/') == member.Length - "/data.pkl".Length;

    /// <inheritdoc/>
    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info)
    {
        info = _byName.TryGetValue(name, out TorchTensor? tensor) ? Info(name, tensor) : null;
        return info is not null;
    }

    /// <inheritdoc/>
    public double[] ReadDouble(string name)
    {
        (TorchTensor tensor, TensorInfo info, ErrorContext context) = Readable(name);
        if (info.ElementCount == 0)
            return [];
        long span = Span(tensor, info);
        if (info.ElementCount > tensor.Storage.ByteLength / tensor.ItemBytes)
            throw context.Fail(info.ByteOffset, $"{info.ElementCount} elements that share {span} numbers", "a tensor that is not expanded");
        if (IsContiguous(tensor))
            return ElementDecoder.Read(tensor.Type, _bigEndian, info.ElementCount, From(info.ByteOffset), context);

        // A view that is much smaller than what it spans is read number by number, so that it costs no more memory than it holds.
        double[]? stored = span <= DenseSpan * info.ElementCount
            ? ElementDecoder.Read(tensor.Type, _bigEndian, span, From(info.ByteOffset), context)
            : null;
        return Gather(tensor, (int)info.ElementCount, position => stored is not null ? stored[position]
            : ElementDecoder.Read(tensor.Type, _bigEndian, 1, From(info.ByteOffset + position * tensor.ItemBytes), context)[0]);
    }

    /// <inheritdoc/>
    /// <remarks>A tensor that repeats numbers (<c>expand</c>) shows each of them once, whatever size it claims.</remarks>
    public void Visit(string name, TensorVisitor visit)
    {
        (TorchTensor tensor, TensorInfo info, ErrorContext context) = Readable(name);
        long span = Span(tensor, info);
        if (IsContiguous(tensor) || info.ElementCount >= span)
            ElementDecoder.Visit(tensor.Type, _bigEndian, Min(span, info.ElementCount), From(info.ByteOffset), visit);
        else
            visit(ReadDouble(name));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isItem)
            _archive.Dispose();
    }

    private static void RequireZip(string path, ErrorContext context)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[14];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
        if (start[..read].SequenceEqual(magic))
        {
            throw context.Fail(
                0, "the format of torch before 1.6, a bare pickle", "a zip archive: load the file with torch and save it again");
        }

        if (read > 1 && start[0] == 0x80 && start[1] is >= 2 and <= 5)
            throw context.Fail(0, "a bare pickle, which may be anything", "a zip archive as torch.save writes it since 1.6");
    }

    private static TorchFile Read(string path, TorchArchive archive, ErrorContext context)
    {
        string[] pickles = [.. archive.Members.Keys.Where(IsPickleName)];
        if (pickles.Length != 1)
            throw context.Fail(null, $"{pickles.Length} members named data.pkl", "one, in the archive's one folder");
        string stem = pickles[0][..^"/data.pkl".Length];
        bool bigEndian = false;
        if (archive.Members.TryGetValue($"{stem}/byteorder", out TorchArchive.Member order))
        {
            string text = order.Length <= 16 ? Encoding.ASCII.GetString(archive.ReadAll(order)) : "";
            if (text is not ("little" or "big"))
                throw context.Fail(order.Offset, $"byte order {DisplayText.Quote(text)}", "little or big");
            bigEndian = text == "big";
        }

        TorchArchive.Member member = archive.Members[pickles[0]];
        ErrorContext pickle = context with { ItemName = pickles[0] };
        var budget = new MemoryBudget(archive.Length, pickle);
        budget.Charge(member.Length, member.Offset);
        budget.AllowHistory(member.Length);
        var objects = new TorchObjects(archive, stem, pickle);
        object? root = new PickleReader(archive.ReadAll(member), member.Offset, budget, objects, pickle).Read();
        var metadata = new Dictionary<string, string>();
        Describe(root, "", metadata, depth: 0, budget);
        if (SeriesOf(root) is { List: { } list } series)
        {
            var items = new List<TorchFile>();
            for (int i = 0; i < list.Count; i++)
            {
                string step = StepOf(series.Steps, i).ToString(InvariantCulture);
                var named = new Dictionary<string, string> { ["step"] = step };
                items.Add(new(path, archive, bigEndian, TensorsOf(list[i], budget), named, [], isItem: true));
            }

            return new(path, archive, bigEndian, items[^1]._byName, metadata, items) { StepsOfItems = series.StepsKey };
        }

        return new(path, archive, bigEndian, TensorsOf(root, budget), metadata, []);
    }

    /// <summary>A list of state dicts in the file, and the list of as many whole numbers that says at which steps.</summary>
    private static (PickleList List, PickleList? Steps, string? StepsKey)? SeriesOf(object? root)
    {
        if (root is PickleList { Count: > 1 } all && AllHoldTensors(all))
            return (all, null, null);
        if (root is not PickleDict dict)
            return null;
        foreach (string key in ListKeys)
        {
            if (dict[key] is PickleList { Count: > 0 } list && AllHoldTensors(list))
            {
                string? steps = dict.Keys.FirstOrDefault(name =>
                    StepWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase))
                    && dict[name] is PickleList numbers && numbers.Count == list.Count
                    && Range(0, numbers.Count).All(i => numbers[i] is long));
                return (list, steps is null ? null : (PickleList)dict[steps]!, steps);
            }
        }

        return null;
    }

    private static bool AllHoldTensors(PickleList list) =>
        list.Items is { } items && items.TrueForAll(
            item => item is PickleDict dict && dict.Keys.Exists(key => dict[key] is TorchTensor or PickleDict));

    private static long StepOf(PickleList? steps, int index) => steps?[index] is long step ? step : index;

    private static Dictionary<string, TorchTensor> TensorsOf(object? root, MemoryBudget budget)
    {
        // A state dict under one of the usual names hides what lies beside it: the optimizer's moments look like weights.
        object?[] places = root is PickleDict dict ? [.. StateDictKeys.Select(key => dict[key]), root] : [root];
        var found = new Dictionary<string, TorchTensor>();
        foreach (object? place in places.TakeWhile(_ => found.Count == 0))
            Collect(place, "", found, new(ReferenceEqualityComparer.Instance), depth: 0, budget);
        return Stripped(found);
    }

    private static void Collect(
        object? value, string prefix, Dictionary<string, TorchTensor> tensors, HashSet<object> above, int depth, MemoryBudget budget)
    {
        if (depth > MostDepth || value is null || !above.Add(value))
            return; // a value may hold itself
        switch (value)
        {
            case TorchTensor tensor:
                budget.Charge(EntryBytes + 2 * prefix.Length, at: null); // a list may hold the same state dict many times
                tensors.TryAdd(prefix.Length == 0 ? "tensor" : prefix, tensor);
                break;
            case PickleDict dict:
                foreach (string key in dict.Keys)
                {
                    // A pickled module keeps its parts in dicts of these names.
                    bool part = key is "_modules" or "_parameters" or "_buffers";
                    if (prefix.Length + key.Length < LongestText && !key.StartsWith("optim", StringComparison.OrdinalIgnoreCase))
                        Collect(dict[key], part ? prefix : Under(prefix, key), tensors, above, depth + 1, budget);
                }

                break;
            case PickleOpaque opaque:
                Collect(opaque.Items, prefix, tensors, above, depth + 1, budget);
                Collect(opaque.State, prefix, tensors, above, depth + 1, budget);
                break;
            case PickleList or PickleTuple:
                IReadOnlyList<object?> items = value is PickleTuple tuple ? tuple.Items : ((PickleList)value).Items ?? [];
                for (int i = 0; i < items.Count; i++)
                    Collect(items[i], Under(prefix, $"{i}"), tensors, above, depth + 1, budget);
                break;
        }

        // What was seen stays marked, so that a tree whose branches share values is walked in the time that it takes to read it; tensors
        // may have two names.
        if (value is TorchTensor)
            above.Remove(value);
    }

    /// <summary>The name of a part of what is called by the prefix.</summary>
    private static string Under(string prefix, string key) => prefix.Length == 0 ? key : $"{prefix}.{key}";

    private static Dictionary<string, TorchTensor> Stripped(Dictionary<string, TorchTensor> tensors)
    {
        while (tensors.Count > 0 && Array.Find(Wrappers, IsOfAll) is { } wrapper)
            tensors = tensors.ToDictionary(pair => pair.Key[wrapper.Length..], pair => pair.Value);
        return tensors;

        bool IsOfAll(string wrapper) =>
            tensors.Keys.All(name => name.StartsWith(wrapper, StringComparison.Ordinal) && name.Length > wrapper.Length);
    }

    private static void Describe(object? value, string prefix, Dictionary<string, string> metadata, int depth, MemoryBudget budget)
    {
        if (depth > 3 || metadata.Count >= MostMetadata)
            return;
        switch (value)
        {
            case PickleDict dict:
                foreach (string key in dict.Keys)
                {
                    if (prefix.Length + key.Length < LongestText)
                        Describe(dict[key], Under(prefix, key), metadata, depth + 1, budget);
                }

                break;
            case PickleOpaque opaque:
                Describe(opaque.Items, prefix, metadata, depth + 1, budget);
                Describe(opaque.State, prefix, metadata, depth + 1, budget);
                break;
            case string or long or double or bool when prefix.Length > 0:
                string text = Convert.ToString(value, InvariantCulture)!;
                budget.Charge(EntryBytes + 2 * (prefix.Length + Min(text.Length, LongestText)), at: null);
                metadata[prefix] = text.Length > LongestText ? text[..LongestText] : text;
                break;
        }
    }

    private static TensorInfo Info(string name, TorchTensor tensor)
    {
        long count = TensorShape.ElementCount(tensor.Shape.AsSpan())!.Value;
        return new(
            name, tensor.Type, tensor.TypeName, tensor.Shape, tensor.Storage.Offset + tensor.Offset * tensor.ItemBytes,
            (long)Int128.Min((Int128)count * tensor.ItemBytes, long.MaxValue));
    }

    private (TorchTensor Tensor, TensorInfo Info, ErrorContext Context) Readable(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_byName.TryGetValue(name, out TorchTensor? tensor))
            throw DisplayText.Missing(Path, "tensor", name, [.. _byName.Keys]);
        var context = new ErrorContext(Path, name);
        TensorInfo info = Info(name, tensor);
        info.RequireReadable(context);
        return (tensor, info, context);
    }

    /// <summary>How many stored numbers lie from the first to the last; they are within the storage, as was checked.</summary>
    private static long Span(TorchTensor tensor, TensorInfo info)
    {
        if (info.ElementCount == 0)
            return 0;
        long span = 1;
        for (int axis = 0; axis < tensor.Shape.Length; axis++)
            span += (tensor.Shape[axis] - 1) * tensor.Strides[axis];
        return span;
    }

    private static bool IsContiguous(TorchTensor tensor)
    {
        Int128 expected = 1;
        for (int axis = tensor.Shape.Length - 1; axis >= 0; axis--)
        {
            if (tensor.Shape[axis] != 1 && tensor.Strides[axis] != expected)
                return false;
            expected *= tensor.Shape[axis];
        }

        return true;
    }

    private FillBuffer From(long position) => buffer =>
    {
        _archive.Fill(buffer, position);
        position += buffer.Length;
    };

    private static double[] Gather(TorchTensor tensor, int count, Func<long, double> at)
    {
        var values = new double[count];
        int axes = tensor.Shape.Length;
        Span<long> index = stackalloc long[axes];
        index.Clear();
        long position = 0;
        for (int i = 0; i < count; i++)
        {
            values[i] = at(position);
            for (int axis = axes - 1; axis >= 0; axis--)
            {
                position += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis])
                    break;
                position -= tensor.Strides[axis] * tensor.Shape[axis];
                index[axis] = 0;
            }
        }

        return values;
    }
}
