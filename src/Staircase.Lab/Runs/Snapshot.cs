using System.Numerics;

namespace Staircase.Lab;

/// <summary>Named arrays at a step: weights, all that a training needs to go on, or what was measured of a checkpoint.</summary>
/// <param name="step">Steps taken.</param>
/// <param name="time">Time of the gradient flow there; null where there is none.</param>
public sealed class Snapshot(long step, double? time)
{
    private readonly List<(string Name, int[] Shape, Array Values)> _blocks = [];

    /// <summary>Steps taken.</summary>
    public long Step => step;

    /// <summary>Time of the gradient flow there; null where there is none.</summary>
    public double? Time => time;

    /// <summary>What the file says of it, for other programs.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Where it was read from, for complaints.</summary>
    public string Source { get; private init; } = "";

    /// <summary>The arrays, of double or float, with their shapes; not copied.</summary>
    public IReadOnlyList<(string Name, int[] Shape, Array Values)> Arrays => _blocks;

    /// <summary>The names of the arrays.</summary>
    public IEnumerable<string> Names => _blocks.Select(block => block.Name);

    /// <summary>Adds an array; it is not copied.</summary>
    /// <typeparam name="T">double or float.</typeparam>
    /// <returns>This.</returns>
    public Snapshot With<T>(string name, T[] values, params int[] shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _blocks.Add((name, shape.Length > 0 ? shape : [values.Length], values));
        return this;
    }

    /// <summary>Adds a copy of a weight vector, block by block.</summary>
    /// <returns>This.</returns>
    public Snapshot With<T>(ParameterLayout layout, ReadOnlySpan<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (ParameterBlock block in layout.Blocks)
            With(block.Name, weights.Slice(block.Offset, block.Length).ToArray(), block.Shape);
        return this;
    }

    /// <summary>An array by its name.</summary>
    /// <exception cref="InputException">There is none, or it has another shape than expected.</exception>
    public T[] Read<T>(string name, params int[] shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (string Name, int[] Shape, Array Values) block = _blocks.Find(block => block.Name == name);
        if (block.Values is not null && (shape.Length == 0 || shape.SequenceEqual(block.Shape)))
        {
            return block.Values switch
            {
                T[] values => values,
                float[] single => [.. single.Select(T.CreateTruncating)],
                _ => [.. ((double[])block.Values).Select(T.CreateTruncating)],
            };
        }

        throw new InputException(
            $"{Source} does not fit the run's model: expected tensor "
            + $"'{name}'{(shape.Length > 0 ? $" of shape [{string.Join(", ", shape)}]" : "")}, found "
            + $"{(block.Values is null ? "none" : $"[{string.Join(", ", block.Shape)}]")}.");
    }

    /// <summary>The shape of an array.</summary>
    /// <exception cref="InputException">There is none of that name.</exception>
    public IReadOnlyList<int> ShapeOf(string name) => _blocks.Find(block => block.Name == name).Shape
        ?? throw new InputException($"{Source} does not fit the run's model: it has no tensor '{name}'.");

    /// <summary>A weight vector, put together from its blocks.</summary>
    /// <exception cref="InputException">A block is missing or has another shape.</exception>
    public T[] Weights<T>(ParameterLayout layout)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var weights = new T[layout.Count];
        foreach (ParameterBlock block in layout.Blocks)
            Read<T>(block.Name, block.Shape).CopyTo(weights, block.Offset);
        return weights;
    }

    /// <summary>Whether there is an array of this name.</summary>
    public bool Has(string name) => _blocks.Exists(block => block.Name == name);

    /// <summary>An array of several snapshots, which all have it in one shape, as one with a first axis over them.</summary>
    internal static TensorToWrite Stacked(string name, IReadOnlyList<Snapshot> snapshots)
    {
        (string Name, int[] Shape, Array Values)[] blocks =
            [.. snapshots.Select(snapshot => snapshot._blocks.Find(block => block.Name == name))];
        long[] shape = [snapshots.Count, .. blocks[0].Shape.Select(size => (long)size)];
        return blocks[0].Values is float[]? TensorToWrite.Create(name, shape, blocks.SelectMany(block => (float[])block.Values).ToArray())
            : TensorToWrite.Create(name, shape, blocks.SelectMany(block => (double[])block.Values).ToArray());
    }

    /// <summary>Writes it as safetensors.</summary>
    /// <param name="durable">Whether it must outlast a power cut.</param>
    internal void Write(string path, bool durable)
    {
        var said = new Dictionary<string, string>(Metadata) { ["step"] = Step.ToString(InvariantCulture) };
        if (Time is { } at)
            said["time"] = at.ToString("R", InvariantCulture);
        SafetensorsWriter.Write(path, [.. _blocks.Select(Tensor)], said, durable);

        static TensorToWrite Tensor((string Name, int[] Shape, Array Values) block)
        {
            long[] shape = [.. block.Shape.Select(size => (long)size)];
            return block.Values is float[] single
                ? TensorToWrite.Create(block.Name, shape, single)
                : TensorToWrite.Create(block.Name, shape, (double[])block.Values);
        }
    }

    /// <summary>Reads what <see cref="Write"/> has written.</summary>
    /// <exception cref="InputException">It cannot be read, or is not such a file; one line says why.</exception>
    internal static Snapshot Open(string path)
    {
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            if (!file.Metadata.TryGetValue("step", out string? text)
                || !long.TryParse(text, NumberStyles.None, InvariantCulture, out long step))
            {
                throw new InputException($"{path} is not a checkpoint of a run: its metadata have no step.");
            }

            double? time = file.Metadata.TryGetValue("time", out string? said)
                && double.TryParse(said, NumberStyles.Float, InvariantCulture, out double t) ? t : null;
            var snapshot = new Snapshot(step, time) { Source = path };
            foreach (TensorInfo tensor in file.Tensors)
            {
                int[] shape = [.. tensor.Shape.Select(size => checked((int)size))];
                double[] values = file.ReadDouble(tensor.Name);
                if (tensor.ElementType == ElementType.F32)
                    snapshot.With(tensor.Name, Array.ConvertAll(values, value => (float)value), shape);
                else
                    snapshot.With(tensor.Name, values, shape);
            }

            return snapshot;
        }
        catch (Exception exception) when (
            IsOfFiles(exception) || exception is CheckpointFormatException or OverflowException)
        {
            throw new InputException($"The checkpoint {path} cannot be read: {exception.Message}", exception);
        }
    }
}
