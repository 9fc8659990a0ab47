using System.Diagnostics.CodeAnalysis;

namespace Staircase.Checkpoints;

/// <summary>A single npy array as a source of one tensor, named after the file.</summary>
internal sealed class NpySource(string path) : ITensorSource
{
    private readonly TensorInfo _info = NpyReader.ReadInfo(path);

    public string Path => path;

    public IReadOnlyList<TensorInfo> Tensors => [_info];

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info)
    {
        info = name == _info.Name ? _info : null;
        return info is not null;
    }

    public double[] ReadDouble(string name) =>
        name == _info.Name ? NpyReader.Read(path).Values : throw DisplayText.Missing(path, "array", name, [_info.Name]);

    public void Visit(string name, TensorVisitor visit)
    {
        if (name != _info.Name)
            throw DisplayText.Missing(path, "array", name, [_info.Name]);
        NpyReader.Visit(path, visit);
    }

    public void Dispose()
    {
        // A file is opened for as long as it is read.
    }
}
