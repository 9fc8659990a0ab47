namespace Staircase.Lab;

/// <summary>Operations by name, or as a table in a file: n lines of n whole numbers from 0, separated by commas.</summary>
internal static class OperationFile
{
    public const int LargestModulus = 4096; // the most operands

    private const int DefaultModulus = 113;

    /// <summary>The operation that is meant.</summary>
    /// <exception cref="InputException">There is none of that name, or the file is no table.</exception>
    public static OperationTable Read(string operation, int? modulus)
    {
        int p = modulus ?? DefaultModulus;
        return operation switch
        {
            "addition" => OperationTable.Addition(p),
            "subtraction" => OperationTable.Subtraction(p),
            "multiplication" => OperationTable.Multiplication(p),
            _ when operation.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) => ReadTable(operation, modulus),
            _ => throw new InputException(
                $"‹operation› must be addition, subtraction, multiplication or a file ending in .csv; found '{operation}'."),
        };
    }

    private static OperationTable ReadTable(string path, int? modulus)
    {
        string[] lines = [.. Reading($"The operation {path}", () => File.ReadAllLines(path)).Where(line => line.Trim().Length > 0)];
        Require(
            lines.Length <= LargestModulus && (modulus ?? lines.Length) == lines.Length,
            $"{path} has {lines.Length} rows; "
            + $"{(modulus is null ? $"at most {LargestModulus} can be learned" : $"‹modulus› is {modulus}")}.");

        int[][] rows =
            [.. lines.Select((line, a) => line.Split(',').Select((cell, b) => Result(path, cell.Trim(), a + 1, b + 1)).ToArray())];
        return Guard(() => OperationTable.Of(Path.GetFileName(path), rows), path);
    }

    private static int Result(string path, string cell, int row, int column) =>
        ReadWhole(cell) is < LargestModulus and { } result
            ? (int)result
            : throw new InputException(
                $"{path}, row {row}, column {column}: expected a whole number from 0 to {LargestModulus - 1}, found '{cell}'.");
}
