using System.Collections.Immutable;

namespace Staircase.Checkpoints;

/// <summary>The only callables that a pickle's REDUCE is taken to mean something by, as data.</summary>
internal sealed class TorchObjects(TorchArchive archive, string stem, ErrorContext context)
{
    private readonly Dictionary<string, TorchStorage> _storages = [];

    /// <summary>What a call would give: a tensor, a container, or an opaque node.</summary>
    public object? Call(object? callable, object? arguments, long at)
    {
        object?[] args = arguments is PickleTuple tuple
            ? tuple.Items
            : throw context.Fail(at, "a call without a tuple of arguments", "a tuple");
        if (callable is not PickleGlobal global)
            return new PickleOpaque();
        return (global.Module, global.Name) switch
        {
            ("collections", "OrderedDict") => OrderedDict(args),
            ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2") => Tensor(args, type: null, at),
            ("torch._utils", "_rebuild_tensor_v3") when args is [_, _, _, _, _, _, PickleGlobal dtype, ..] => Tensor(args, dtype.Name, at),
            ("torch._utils", "_rebuild_tensor_v3") => throw context.Fail(at, "a tensor without dtype", "one"),
            ("torch._utils", "_rebuild_parameter" or "_rebuild_parameter_with_state") when args.Length > 0 => args[0],
            ("torch._tensor", "_rebuild_from_type_v2") when args is [_, _, PickleTuple inner, ..] => Call(args[0], inner, at, once: true),
            ("torch", "Size") when args is [PickleTuple size] => size,
            _ => new PickleOpaque(),
        };
    }

    /// <summary>A persistent id: <c>('storage', type, key, location, numel)</c>.</summary>
    public TorchStorage Storage(object? id, long at)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, _, long numel, ..] })
            throw context.Fail(at, "a persistent id of another form", "('storage', type, key, location, numel)");
        (ElementType element, int bytes) = StorageType(type.Name);
        if (type.Module is not ("torch" or "torch.storage" or "torch.cuda") || bytes == 0)
            throw context.Fail(at, $"a storage of type {DisplayText.Quote(type.ToString())}", "one of torch's");
        if (_storages.TryGetValue(key, out TorchStorage? known))
        {
            return known.Type == element && known.ByteLength == (Int128)numel * bytes ? known
                : throw context.Fail(at, $"storage {DisplayText.Quote(key)} with another type or size", "the same as before");
        }

        string name = $"{stem}/data/{key}";
        if (!archive.Members.TryGetValue(name, out TorchArchive.Member member))
        {
            throw context.Fail(
                at, $"storage {DisplayText.Quote(key)}, which the archive does not hold", $"a member {DisplayText.Quote(name)}");
        }

        if (numel < 0 || (Int128)numel * bytes != member.Length)
        {
            throw context.Fail(
                at, $"storage {DisplayText.Quote(key)} of {numel} numbers of {bytes} bytes",
                $"{member.Length} bytes, the size of its member");
        }

        var storage = new TorchStorage(key, type.Name, element, bytes, member.Offset, member.Length);
        _storages.Add(key, storage);
        return storage;
    }

    private object? Call(object? callable, object? arguments, long at, bool once) =>
        once && callable is PickleGlobal { Name: "_rebuild_from_type_v2" }
            ? new PickleOpaque()
            : Call(callable, arguments, at);

    private static PickleDict OrderedDict(object?[] args)
    {
        var dict = new PickleDict();
        if (args is [PickleList pairs])
        {
            for (int i = 0; i < pairs.Count; i++)
            {
                if (pairs[i] is PickleTuple { Items: [var key, var value] })
                    dict.Set(key, value);
                else if (pairs[i] is PickleList { Count: 2 } pair)
                    dict.Set(pair[0], pair[1]);
            }
        }

        return dict;
    }

    private TorchTensor Tensor(object?[] args, string? type, long at)
    {
        if (args is not [TorchStorage storage, long offset, PickleTuple size, PickleTuple stride, ..])
            throw context.Fail(at, "a tensor made of other things", "a storage, an offset, a size and strides");
        ImmutableArray<long> shape = Integers(size, "size", at), strides = Integers(stride, "strides", at);
        if (shape.Length != strides.Length)
            throw context.Fail(at, $"{shape.Length} sizes and {strides.Length} strides", "as many");
        (ElementType element, int bytes) = type is null ? (storage.Type, storage.ItemBytes) : Sized(ElementTypes.FromTorchName(type));
        long count = TensorShape.ElementCount(shape.AsSpan()) ?? throw context.Fail(
            at, $"shape {TensorShape.Format(shape.AsSpan())}", "a product below 2⁶³");
        if (bytes == 0) // a dtype of a later torch: listed under its name, not read
            return new TorchTensor(storage, element, type!, bytes, offset, shape, strides);
        Int128 last = offset;
        for (int axis = 0; axis < shape.Length; axis++)
            last += (Int128)(shape[axis] - 1) * strides[axis];
        long numbers = storage.ByteLength / bytes;
        if (offset < 0 || (count == 0 ? offset > numbers : last >= numbers))
        {
            throw context.Fail(
                at,
                $"a tensor from {offset} of shape {TensorShape.Format(shape.AsSpan())} and strides {TensorShape.Format(strides.AsSpan())}",
                $"one within the {numbers} numbers of its storage");
        }

        return new TorchTensor(storage, element, type ?? storage.TypeName, bytes, offset, shape, strides);
    }

    private ImmutableArray<long> Integers(PickleTuple tuple, string what, long at)
    {
        if (tuple.Items.Length > TensorShape.MostAxes)
            throw context.Fail(at, $"{tuple.Items.Length} axes", $"at most {TensorShape.MostAxes}");
        return [.. tuple.Items.Select(item => item is long value and >= 0 ? value
            : throw context.Fail(at, $"a {what} that is not made of integers from 0", "integers from 0"))];
    }

    /// <summary>What a storage holds; of no size where it is none of torch's.</summary>
    private static (ElementType Type, int Bytes) StorageType(string name) => name switch
    {
        "UntypedStorage" => (ElementType.U8, 1),
        "ComplexDoubleStorage" => (ElementType.Unknown, 16),
        "QInt8Storage" or "QUInt8Storage" => (ElementType.Unknown, 1),
        "QInt32Storage" => (ElementType.Unknown, 4),
        _ => Sized(ElementTypes.FromTorchStorageName(name)),
    };

    private static (ElementType Type, int Bytes) Sized(ElementType type) => (type, type.BitSize() / 8);
}
