using System.Diagnostics.CodeAnalysis;

namespace Staircase.Checkpoints;

/// <summary>An adapter on its base model: the tensors of both, under their own names.</summary>
/// <param name="baseModel">The base, which the caller keeps.</param>
/// <param name="adapter">The adapter, which this takes over.</param>
public sealed class AdaptedSource(ITensorSource baseModel, ITensorSource adapter) : ITensorSource
{
    /// <inheritdoc/>
    public string Path => adapter.Path;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; } =
        [.. adapter.Tensors, .. baseModel.Tensors.Where(tensor => !adapter.TryGetInfo(tensor.Name, out _))];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => adapter.Metadata;

    /// <summary>What is known beside both; what the adapter says goes first.</summary>
    public ModelConfig Config
    {
        get
        {
            var values = new Dictionary<string, ConfigValue>(ModelConfig.Of(baseModel).Values);
            foreach ((string key, ConfigValue value) in ModelConfig.Of(adapter).Values)
                values[key] = value;
            return new(values);
        }
    }

    /// <inheritdoc/>
    public string FileOf(string name) => Of(name).FileOf(name);

    /// <inheritdoc/>
    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info) => Of(name).TryGetInfo(name, out info);

    /// <inheritdoc/>
    public double[] ReadDouble(string name) => Of(name).ReadDouble(name);

    /// <inheritdoc/>
    public void Visit(string name, TensorVisitor visit) => Of(name).Visit(name, visit);

    /// <inheritdoc/>
    public void Dispose() => adapter.Dispose();

    private ITensorSource Of(string name) => adapter.TryGetInfo(name, out _) ? adapter : baseModel;
}
