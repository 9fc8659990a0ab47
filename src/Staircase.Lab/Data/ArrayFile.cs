namespace Staircase.Lab;

/// <summary>An npz file from another program, with errors that name the array, its shape and the shape expected.</summary>
internal sealed class ArrayFile(string path, string key) : IDisposable
{
    private readonly NpzFile _file = Reading($"‹{key}› {path}", () => NpzFile.Open(path));

    public string Path { get; } = path;

    public IReadOnlyList<string> Names => _file.Names;

    public bool Has(string name) => _file.Names.Contains(name);

    /// <summary>The shape of an array that is there.</summary>
    public IReadOnlyList<long> ShapeOf(string name) =>
        _file.TryGetInfo(name, out TensorInfo? info) ? info.Shape : throw new InputException($"{Path} has no array '{name}'.");

    /// <summary>Reads an array of finite numbers.</summary>
    /// <param name="name">The array.</param>
    /// <param name="shape">The shape expected, in words, one letter or number an axis.</param>
    /// <param name="sizes">The size expected of each axis; null where any positive size will do.</param>
    public Tensor Read(string name, string shape, params int?[] sizes)
    {
        Require(
            Has(name),
            $"{Path} has no array '{name}' {shape}; it has {(_file.Names.Count == 0 ? "none" : string.Join(", ", _file.Names))}.");

        Tensor tensor = Reading($"{Path}: array '{name}'", () => _file.Read(name));
        bool fits = tensor.Shape.Length == sizes.Length
            && !tensor.Shape.Where((size, axis) => size < 1 || (sizes[axis] is { } expected && size != expected)).Any();
        if (!fits)
        {
            string expected = string.Join(", ", sizes.Select(size => size?.ToString() ?? "*"));
            throw new InputException(
                $"{Path}: array '{name}' has shape [{string.Join(", ", tensor.Shape)}], expected {shape} = [{expected}].");
        }

        RequireFinite(Path, name, tensor);
        return tensor;
    }

    /// <summary>Complains of the first number that is none, by its index along each axis, from 0.</summary>
    public static void RequireFinite(string path, string name, Tensor tensor)
    {
        int bad = Array.FindIndex(tensor.Values, x => !double.IsFinite(x));
        if (bad < 0)
            return;
        long[] index = new long[tensor.Shape.Length];
        long rest = bad;
        for (int axis = index.Length - 1; axis >= 0; axis--)
            (rest, index[axis]) = DivRem(rest, tensor.Shape[axis]);
        throw new InputException(
            $"{path}: array '{name}' of shape [{string.Join(", ", tensor.Shape)}] must be finite, but entry "
            + $"[{string.Join(", ", index)}] (counted from 0) is {tensor.Values[bad]}.");
    }

    public void Dispose() => _file.Dispose();
}
