using System.Globalization;
using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>A network at a step, in single precision: its weights alone for whoever looks at it, or with the optimizer's memory for training to go on.</summary>
/// <param name="Step">The step.</param>
/// <param name="Weights">All weights, in the order of the layout.</param>
/// <param name="Memory">What the optimizer remembers; null where only the weights are kept.</param>
internal sealed record NetworkCheckpoint(long Step, float[] Weights, float[]? Memory = null)
{
    private const string StepKey = "step", MemoryName = "optimizer.memory";

    /// <summary>Writes a safetensors file: one tensor a block of the layout.</summary>
    public void Write(string path, ParameterLayout layout, IReadOnlyDictionary<string, string> metadata, bool durable)
    {
        List<TensorToWrite> tensors =
            [.. layout.Blocks.Select(block => TensorToWrite.Create(block.Name, [.. block.Shape.Select(size => (long)size)], Weights.AsMemory(block.Offset, block.Length)))];
        if (Memory is not null)
            tensors.Add(TensorToWrite.Create(MemoryName, [Memory.Length], Memory));
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(metadata, StringComparer.Ordinal) { [StepKey] = Step.ToString(CultureInfo.InvariantCulture) }, durable);
    }

    /// <summary>Reads such a file.</summary>
    /// <exception cref="InputException">It is missing or broken, or its tensors do not fit the layout.</exception>
    public static NetworkCheckpoint Read(string path, ParameterLayout layout)
    {
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            var weights = new float[layout.Count];
            foreach (ParameterBlock block in layout.Blocks)
            {
                if (!file.TryGetInfo(block.Name, out TensorInfo? info) || !info.Shape.SequenceEqual(block.Shape.Select(size => (long)size)))
                    throw new InputException($"{path} does not fit the run's model: expected tensor '{block.Name}' of shape [{string.Join(", ", block.Shape)}], found {(info is null ? "none" : $"[{string.Join(", ", info.Shape)}]")}.");
                file.ReadSingle(block.Name).CopyTo(weights, block.Offset);
            }

            if (!file.Metadata.TryGetValue(StepKey, out string? text) || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long step))
                throw new InputException($"{path} is not a checkpoint of a run: its metadata have no {StepKey}.");
            return new(step, weights, file.TryGetInfo(MemoryName, out _) ? file.ReadSingle(MemoryName) : null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CheckpointFormatException)
        {
            throw new InputException($"The checkpoint {path} cannot be read: {exception.Message}", exception);
        }
    }
}
