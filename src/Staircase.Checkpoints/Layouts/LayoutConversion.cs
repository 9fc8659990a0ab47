using System.Collections.Frozen;

namespace Staircase.Checkpoints;

/// <summary>Writes the heads of a checkpoint in another layout, as safetensors that state all that reading them needs.</summary>
public static class LayoutConversion
{
    /// <summary>Writes the heads, a layer at a time, reads them back, and only then gives the file its name.</summary>
    /// <remarks>
    /// Single precision where it holds every entry of a layer as it was stored, else double: no bit is lost. Sizes, and what the layout
    /// needs to be stated, are in the file's metadata; modules stand before names. What is no head (embeddings, biases, norms) is not
    /// written.
    /// </remarks>
    /// <param name="source">The checkpoint.</param>
    /// <param name="from">Its layout, or that of another checkpoint of the same shape.</param>
    /// <param name="to">The layouts to try, in this order: the variants of one, for instance.</param>
    /// <param name="path">The file, which must not be there.</param>
    /// <param name="metadata">More to say in the file: its step.</param>
    /// <exception cref="ArgumentException">The heads do not fit, or would not be read from the file without a question.</exception>
    /// <exception cref="CheckpointFormatException">A tensor of the source is malformed.</exception>
    /// <exception cref="IOException">The file is there, or cannot be written.</exception>
    public static void Write(
        ITensorSource source, HeadLayout from, IReadOnlyList<LayoutDescription> to, string path,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        (LayoutDescription layout, SizeSystem[] sizes) = Fitting(from, to);
        string temporary = $"{path}.{Random.Shared.Next():x8}.tmp";
        try
        {
            SafetensorsWriter.Write(temporary, [.. Tensors(source, from, layout, sizes)], Statements(from, layout, sizes, metadata));
            Check(source, from, layout, temporary);
            File.Move(temporary, path, overwrite: false);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>The first of the layouts that every layer fits, with the sizes of each.</summary>
    private static (LayoutDescription Layout, SizeSystem[] Sizes) Fitting(HeadLayout from, IReadOnlyList<LayoutDescription> to)
    {
        var problems = new List<string>();
        foreach (LayoutDescription layout in to)
        {
            if (from.Layers.Count > 1 && !layout.Tensors[0].Name.Text.Contains("{layer}"))
            {
                problems.Add($"Layout {layout.Name} has no numbers of layers in its names, and there are {from.Layers.Count}.");
                continue;
            }

            try
            {
                return (layout, [.. from.Layers.Select(layer =>
                    layout.SizesOf(layer.Heads, layer.KeyValueHeads, layer.Reading!.SizeOf))]);
            }
            catch (InvalidOperationException exception)
            {
                problems.Add(exception.Message);
            }
        }

        IEnumerable<string> matrices = ((string[])["q", "k", "v", "o"]).Select(role =>
        {
            (long rows, long columns) = from.Layers[0].Reading!.SizeOf(role);
            return $"{role} {rows}×{columns}";
        });
        throw new ArgumentException($"{problems[0]} A head has {string.Join(", ", matrices)}; layout plain takes any.");
    }

    private static IEnumerable<TensorToWrite> Tensors(
        ITensorSource source, HeadLayout from, LayoutDescription layout, SizeSystem[] sizes)
    {
        HeadLayer? held = null;
        IReadOnlyList<HeadWeights> heads = [];
        return from.Layers.SelectMany((layer, i) => layout.Filled(sizes[i], layer.Index, Prefix(layer)).Select(tensor =>
            TensorToWrite.Create(
                tensor.Name, tensor.Shape, layer.Reading!.IsSingle, () => tensor.Fill((role, head) => Of(layer)[head][role]))));

        // The writer orders by name, so that a layer's tensors are asked for together.
        IReadOnlyList<HeadWeights> Of(HeadLayer layer)
        {
            if (held != layer)
                (held, heads) = (layer, layer.ReadHeads(source));
            return heads;
        }
    }

    private static string Prefix(HeadLayer layer) => layer.Module.Length == 0 ? "" : $"{layer.Module}.";

    /// <summary>
    /// What the file says beside its tensors: how the heads were read, sizes that all layers have alike, and what the layout needs.
    /// </summary>
    private static Dictionary<string, string> Statements(
        HeadLayout from, LayoutDescription layout, SizeSystem[] sizes, IReadOnlyDictionary<string, string>? more)
    {
        var statements = new Dictionary<string, string>(more ?? FrozenDictionary<string, string>.Empty)
        {
            [HeadLayout.Origin] = string.Join("; ", from.Decisions),
        };
        foreach (string symbol in ((string[])["n", "k", "h"]).Intersect(layout.Symbols))
        {
            if (sizes.Select(own => own[symbol]).Distinct().ToArray() is [{ } size])
                statements[SizeEvidence.KeyOf(symbol)] = size.ToString(InvariantCulture);
        }

        if (layout.ModelTypes is [var type, ..])
            statements["model_type"] = type;
        if (layout.Needs is { } need)
            statements[need.Key] = need.Values[0];
        return statements;
    }

    /// <summary>Reads the file as anybody would, and compares every head.</summary>
    private static void Check(ITensorSource source, HeadLayout from, LayoutDescription layout, string path)
    {
        using ITensorSource file = CheckpointFile.Open(path);
        HeadLayout? read;
        try
        {
            read = HeadLayout.Detect(file, ModelConfig.Of(file), new());
        }
        catch (CheckpointFormatException exception)
        {
            string question = exception.Message[(exception.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..];
            throw new ArgumentException(
                $"Layout {layout.Name} would not be read again without a question ({question}): transformerlens and plain are.", exception);
        }

        bool alike = read?.Layers.Count == from.Layers.Count && from.Layers.All(layer =>
            read.Layers.FirstOrDefault(other => (other.Module, other.Index) == (layer.Module, layer.Index)) is { } back
                && back.Heads == layer.Heads
                && layer.ReadHeads(source).Zip(back.ReadHeads(file)).All(pair => Alike(pair.First, pair.Second)));
        if (!alike)
            throw new ArgumentException($"Layout {layout.Name} does not hold these heads: read again, they are others.");

        static bool Alike(HeadWeights a, HeadWeights b) => ((string[])["q", "k", "v", "o"]).All(role =>
            (a[role].GetLength(0), a[role].GetLength(1)) == (b[role].GetLength(0), b[role].GetLength(1))
            && Entries(a[role]).SequenceEqual(Entries(b[role])));

        static ReadOnlySpan<double> Entries(double[,] matrix) => matrix.Length == 0 ? []
            : System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref matrix[0, 0], matrix.Length);
    }
}
