using System.Globalization;
using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>Weights on disk at a step, with all that training needs to go on to the same bits.</summary>
/// <param name="Step">The step.</param>
/// <param name="Time">Time of the flow; NaN where there is none.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Weights">The whole weight vector.</param>
/// <param name="State">Named vectors of the optimizer or integrator.</param>
public sealed record TrainingCheckpoint(long Step, double Time, double Loss, double[] Weights, IReadOnlyDictionary<string, double[]> State)
{
    private const string StatePrefix = "state.";

    /// <summary>Writes a safetensors file: one tensor a parameter block, and <c>state.*</c>.</summary>
    internal void Write(string path, IReadOnlyList<(string Name, int[] Shape)> blocks, bool durable)
    {
        int offset = 0;
        List<TensorToWrite> tensors =
        [
            .. blocks.Select(block =>
            {
                int length = Length(block.Shape), start = offset;
                offset += length;
                return TensorToWrite.Create(block.Name, [.. block.Shape.Select(size => (long)size)], Weights.AsMemory(start, length));
            }),
            .. State.Select(pair => TensorToWrite.Create(StatePrefix + pair.Key, [pair.Value.Length], pair.Value)),
        ];
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["time"] = Time.ToString("R", CultureInfo.InvariantCulture),
            ["loss"] = Loss.ToString("R", CultureInfo.InvariantCulture),
        }, durable);
    }

    /// <summary>Reads such a file.</summary>
    /// <exception cref="InputException">It is missing or broken, or its tensors do not fit the layout.</exception>
    internal static TrainingCheckpoint Read(string path, IReadOnlyList<(string Name, int[] Shape)> blocks)
    {
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            var weights = new double[blocks.Sum(block => Length(block.Shape))];
            int offset = 0;
            foreach ((string Name, int[] Shape) block in blocks)
            {
                if (!file.TryGetInfo(block.Name, out TensorInfo? info) || !info.Shape.SequenceEqual(block.Shape.Select(size => (long)size)))
                    throw new InputException($"{path} does not fit the run's model: expected tensor '{block.Name}' of shape [{string.Join(", ", block.Shape)}], found {(info is null ? "none" : $"[{string.Join(", ", info.Shape)}]")}.");
                file.ReadDouble(block.Name).CopyTo(weights, offset);
                offset += Length(block.Shape);
            }

            var state = file.Tensors.Where(t => t.Name.StartsWith(StatePrefix, StringComparison.Ordinal))
                .ToDictionary(t => t.Name[StatePrefix.Length..], t => file.ReadDouble(t.Name), StringComparer.Ordinal);
            return new((long)Number("step"), Number("time"), Number("loss"), weights, state);

            double Number(string name) =>
                file.Metadata.TryGetValue(name, out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                    ? value
                    : throw new InputException($"{path} is not a checkpoint of a run: its metadata have no {name}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CheckpointFormatException)
        {
            throw new InputException($"The checkpoint {path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The blocks of a layout, which lie one after another.</summary>
    internal static IReadOnlyList<(string Name, int[] Shape)> BlocksOf(ParameterLayout layout) => [.. layout.Blocks.Select(block => (block.Name, block.Shape))];

    private static int Length(int[] shape) => shape.Aggregate(1, (product, size) => checked(product * size));
}
