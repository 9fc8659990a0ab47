using System.Diagnostics.CodeAnalysis;

namespace Staircase.Checkpoints;

/// <summary>Named tensors in a file or several, each read when asked for; safe from several threads.</summary>
public interface ITensorSource : IDisposable
{
    /// <summary>The path it was opened by.</summary>
    string Path { get; }

    /// <summary>The tensors.</summary>
    IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Names of tensors that belong to it and are not there: of a file that was downloaded in part.</summary>
    IReadOnlyList<string> Missing => [];

    /// <summary>What the file says beside its tensors: text by name.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Looks a tensor up by its case-sensitive name.</summary>
    bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info);

    /// <summary>Reads a tensor in double precision and C order; 64-bit integers beyond 2⁵³ are rounded.</summary>
    /// <exception cref="CheckpointFormatException">The tensor is malformed, or not of numbers.</exception>
    /// <exception cref="KeyNotFoundException">There is no such tensor; the message lists the nearest names.</exception>
    double[] ReadDouble(string name);

    /// <summary>
    /// Shows a tensor's elements in the order in which they are stored, a buffer at a time, so that a tensor of any size takes no memory.
    /// </summary>
    /// <inheritdoc cref="ReadDouble" path="/exception"/>
    void Visit(string name, TensorVisitor visit);

    /// <summary>The file that holds a tensor: one of several where a checkpoint is in shards.</summary>
    string FileOf(string name) => Path;
}
