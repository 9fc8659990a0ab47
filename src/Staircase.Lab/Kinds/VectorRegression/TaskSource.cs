namespace Staircase.Lab;

/// <summary>Which maps W there are to learn.</summary>
/// <param name="Shape">What they look like; null for a file.</param>
/// <param name="Count">P of random maps; null for a small set with the moments of infinitely many.</param>
/// <param name="Path">The file.</param>
public sealed record TaskSource(TaskShape? Shape, int? Count = null, string? Path = null)
{
    /// <summary>Reads <c>diagonal:P</c>, <c>gaussian:P</c>, either without P, <c>signs</c>, or the name of an npz file.</summary>
    /// <exception cref="InputException">It is none of these.</exception>
    public static TaskSource Parse(string text)
    {
        if (text.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
            return new(null, Path: text);
        return text.Split(':', 2) switch
        {
            ["signs"] => new(TaskShape.Signs),
            ["diagonal"] => new(TaskShape.Diagonal),
            ["gaussian"] => new(TaskShape.Gaussian),
            ["diagonal", var count] => new(TaskShape.Diagonal, Number(count)),
            ["gaussian", var count] => new(TaskShape.Gaussian, Number(count)),
            _ => throw new InputException($"‹tasks› must be diagonal:P, gaussian:P, signs or a file ending in .npz; found '{text}'."),
        };

        int Number(string count) =>
            int.TryParse(count, NumberStyles.AllowThousands, InvariantCulture, out int number) && number > 0
                ? number
                : throw new InputException($"‹tasks› needs a positive number of tasks, as in {text.Split(':')[0]}:2000; found '{text}'.");
    }

    /// <summary>P without making the maps; null where that is not known, or small.</summary>
    /// <param name="dimension">D.</param>
    public double? CountOf(int dimension) => Shape == TaskShape.Signs ? Pow(2, dimension) : Count;

    /// <summary>The maps.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="seed">Where random maps come from.</param>
    /// <exception cref="InputException">The file is not what it should be.</exception>
    public TaskSet Read(int dimension, ulong seed) => (Shape, Count) switch
    {
        (TaskShape.Diagonal, { } P) => TaskSet.Diagonal(dimension, P, seed),
        (TaskShape.Gaussian, { } P) => TaskSet.Gaussian(dimension, P, seed),
        (TaskShape.Diagonal, null) => TaskSet.DiagonalDesign(dimension),
        (TaskShape.Gaussian, null) => TaskSet.GaussianDesign(dimension),
        (TaskShape.Signs, _) => TaskSet.Signs(dimension),
        _ => ReadFile(dimension),
    };

    /// <inheritdoc/>
    public override string ToString() => Path ?? Shape.ToString()!.ToLowerInvariant() + (Count is { } P ? $":{P}" : "");

    private TaskSet ReadFile(int D)
    {
        using var file = new ArrayFile(Path!, "tasks");
        Tensor tasks = file.Read("tasks", "[P, D, D]", null, D, D);
        return TaskSet.Of([.. Range(0, (int)tasks.Shape[0]).Select(μ =>
        {
            var map = new double[D, D];
            for (int i = 0; i < D * D; i++)
                map[i / D, i % D] = tasks.Values[μ * D * D + i];
            return map;
        })]);
    }
}

/// <summary>What maps look like.</summary>
public enum TaskShape
{
    /// <summary>diag(ω), ω ~ N(0, I), in the eigenbasis of the inputs.</summary>
    Diagonal,

    /// <summary>Independent entries N(0, 1/D).</summary>
    Gaussian,

    /// <summary>The 2^D maps diag(±1, …, ±1), in the eigenbasis of the inputs.</summary>
    Signs,
}
