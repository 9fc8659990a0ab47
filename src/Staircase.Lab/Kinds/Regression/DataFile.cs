namespace Staircase.Lab;

/// <summary>Sequences of pairs (x, y) from other programs, the query last, in whichever of these forms:</summary>
/// <remarks>
/// <list type="bullet">
/// <item>npz with <c>tokens</c> [P, N+1, D+1], the query's label entry 0, and <c>targets</c> [P];</item>
/// <item>npz with <c>x</c> [P, N+1, D] and <c>y</c> [P, N+1], the query's label among them;</item>
/// <item>npy [P, N+1, D+1] of rows (x, y), the query's label among them;</item>
/// <item>rows alone, N + 1 of them a sequence: npz with <c>x</c> [M, D] and <c>y</c> [M], npy [M, D+1], or CSV (see
/// <see cref="DataTable"/>).</item>
/// </list>
/// </remarks>
public static class DataFile
{
    private static readonly string[] Endings = [".npz", ".npy", ".csv"];
    private static readonly string[] InputNames = ["x", "xs", "inputs"], LabelNames = ["y", "ys", "labels"];

    /// <summary>Whether a name is that of a file that could be read.</summary>
    public static bool IsNamed(string path) => Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a file.</summary>
    /// <param name="context">N of a file that holds rows alone; others have their own.</param>
    /// <exception cref="InputException">It cannot be read or its arrays are misshapen or not finite.</exception>
    public static TokenArray Read(string path, int context)
    {
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            return DataTable.Read(path, context);
        if (path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
            return OfPairs(path, "the array", Reading($"‹data› {path}", () => NpyReader.Read(path)), context);
        using var file = new ArrayFile(path, "data");
        (string? x, string? y) = (Named(file, InputNames), Named(file, LabelNames));
        return !file.Has("tokens") && x is not null && y is not null ? OfInputs(file, x, y, context) : OfTokens(file);
    }

    /// <summary>What looks as if axes were swapped; nothing where all is as it should be.</summary>
    public static IEnumerable<string> Doubts(ISequenceSource data)
    {
        (long P, int N, int D) = (data.Count, data.ContextLength, data.InputDimension);
        string sizes = $"P = {Whole(P)} sequences, N = {Whole(N)}, D = {Whole(D)}";
        if (N < D)
        {
            yield return $"{sizes}: fewer pairs than dimensions. Are the last two axes swapped? A token is a row, (x, y), and the label "
                + "stands last.";
        }

        if (P < N + 1)
            yield return $"{sizes}: fewer sequences than tokens of one. Are the first two axes swapped? Sequences come first.";
    }

    /// <summary>Writes sequences and initial weights, for other programs.</summary>
    public static void Write(string path, ISequenceSource sequences, AttentionModel model, ReadOnlySpan<double> weights)
    {
        int D = sequences.InputDimension, tokens = sequences.ContextLength + 1, length = tokens * (D + 1);
        int count = checked((int)sequences.Count);
        var values = new double[(long)count * length];
        var targets = new double[count];
        Parallel.For(0, count, ThreadTeam.Limit, i => targets[i] = sequences.Read(i, values.AsSpan(i * length, length)));
        NpzWriter.Write(path,
        [
            TensorToWrite.Create("tokens", [count, tokens, D + 1], values),
            TensorToWrite.Create("targets", [count], targets),
            .. WeightsFile.Arrays(model, weights),
        ]);
    }

    /// <summary>Sequences of rows (x, y), one after another.</summary>
    /// <param name="path">The file, for complaints.</param>
    /// <param name="rows">The numbers, row by row.</param>
    /// <param name="tokens">Rows of a sequence.</param>
    /// <param name="width">D + 1.</param>
    internal static TokenArray OfRows(string path, double[] rows, int tokens, int width)
    {
        var targets = new double[rows.Length / ((long)tokens * width)];
        for (int i = 0; i < targets.Length; i++)
        {
            ref double label = ref rows[(i + 1) * tokens * width - 1];
            (targets[i], label) = (label, 0);
        }

        return Checked(path, rows, targets, tokens, width - 1);
    }

    /// <summary>How many sequences of N + 1 rows there are.</summary>
    internal static void RequireWhole(string path, long rows, int context) => Require(
        rows > 0 && rows % (context + 1) == 0,
        $"{path} has {Whole(rows)} rows, which are no whole number of sequences of N + 1 = {Whole(context + 1)}: give their ‹context›.");

    private static string? Named(ArrayFile file, string[] names) =>
        file.Names.FirstOrDefault(name => names.Contains(name, StringComparer.OrdinalIgnoreCase));

    private static TokenArray OfTokens(ArrayFile file)
    {
        Tensor tokens = file.Read("tokens", "[P, N+1, D+1] (or arrays x [P, N+1, D] and y [P, N+1])", null, null, null);
        Tensor targets = file.Read("targets", "[P]", (int)tokens.Shape[0]);
        string named = $"{file.Path}: array 'tokens' of shape [{string.Join(", ", tokens.Shape)}]";
        return Checked(named, tokens.Values, targets.Values, (int)tokens.Shape[1], (int)tokens.Shape[2] - 1);
    }

    private static TokenArray OfInputs(ArrayFile file, string x, string y, int context)
    {
        IReadOnlyList<long> inputs = file.ShapeOf(x), labels = file.ShapeOf(y);
        bool sequences = inputs.Count == 3;
        if (sequences && labels is [var count, var length] && count == inputs[0] && length == inputs[2] && length != inputs[1])
        {
            throw new InputException(
                $"{file.Path}: array '{x}' of shape [{string.Join(", ", inputs)}] is transposed: beside '{y}' of shape "
                + $"[{string.Join(", ", labels)}] it must be [P, N+1, D] = [{count}, {length}, {inputs[1]}].");
        }

        Tensor read = sequences ? file.Read(x, "[P, N+1, D]", null, null, null) : file.Read(x, "[P, N+1, D] or [M, D]", null, null);
        int D = (int)read.Shape[^1];
        Tensor said = sequences
            ? file.Read(y, "[P, N+1]", (int)read.Shape[0], (int)read.Shape[1])
            : file.Read(y, "[M]", (int)read.Shape[0]);
        var rows = new double[said.Values.Length * (D + 1)];
        for (int i = 0; i < said.Values.Length; i++)
        {
            read.Values.AsSpan(i * D, D).CopyTo(rows.AsSpan(i * (D + 1)));
            rows[(i + 1) * (D + 1) - 1] = said.Values[i];
        }

        if (!sequences)
            RequireWhole(file.Path, said.Values.Length, context);
        return OfRows(file.Path, rows, sequences ? (int)read.Shape[1] : context + 1, D + 1);
    }

    private static TokenArray OfPairs(string path, string name, Tensor array, int context)
    {
        string shape = string.Join(", ", array.Shape);
        Require(
            array.Shape.Length is 2 or 3 && array.Values.Length > 0,
            $"{path}: {name} has shape [{shape}], expected rows (x, y), as [P, N+1, D+1], or [M, D+1] with M a multiple of N + 1.");
        ArrayFile.RequireFinite(path, name, array);
        if (array.Shape.Length == 2)
            RequireWhole(path, array.Shape[0], context);
        int tokens = array.Shape.Length == 2 ? context + 1 : (int)array.Shape[1];
        return OfRows($"{path} of shape [{shape}]", array.Values, tokens, (int)array.Shape[^1]);
    }

    private static TokenArray Checked(string path, double[] tokens, double[] targets, int tokenCount, int D) =>
        Guard(() => new TokenArray(tokens, targets, tokenCount, D), path);
}
