namespace Staircase.Lab;

/// <summary>What a training sees: the whole distribution, a fixed sample, fresh batches, or a file.</summary>
/// <param name="Kind">Which of these.</param>
/// <param name="Count">P of a sample, B of online batches.</param>
/// <param name="Path">The file.</param>
public sealed record DataSource(DataKind Kind, int Count = 0, string? Path = null)
{
    /// <summary>Reads <c>population</c>, <c>sample:P</c>, <c>online:B</c> or the name of a file.</summary>
    /// <exception cref="InputException">It is none of these.</exception>
    public static DataSource Parse(string text)
    {
        if (text == "population")
            return new(DataKind.Population);
        if (DataFile.IsNamed(text))
            return new(DataKind.File, Path: text);
        string[] parts = text.Split(':', 2);
        if (parts[0] is "sample" or "online")
        {
            if (parts.Length < 2 || !int.TryParse(parts[1], NumberStyles.AllowThousands, InvariantCulture, out int count)
                    || count < 1)
                throw new InputException($"‹data› {parts[0]} needs a positive number of sequences, as in {parts[0]}:5000; found '{text}'.");
            return new(parts[0] == "sample" ? DataKind.Sample : DataKind.Online, count);
        }

        throw new InputException($"‹data› must be population, sample:P, online:B or a file ending in .npz, .npy or .csv; found '{text}'.");
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        DataKind.Population => "population",
        DataKind.Sample => $"sample:{Count}",
        DataKind.Online => $"online:{Count}",
        _ => Path!,
    };
}
