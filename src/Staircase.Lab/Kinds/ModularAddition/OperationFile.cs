using System.Globalization;
using Staircase.Transformers;

namespace Staircase.Lab;

/// <summary>Operations by name, or as a table in a file: n lines of n whole numbers from 0, separated by commas.</summary>
internal static class OperationFile
{
    private const int DefaultModulus = 113, LargestModulus = 4096;

    /// <summary>The operation that is meant.</summary>
    /// <exception cref="InputException">There is none of that name, the modulus is out of range, or the file is no table.</exception>
    public static OperationTable Read(string operation, int? modulus)
    {
        if (modulus is < 2 or > LargestModulus)
            throw new InputException($"--modulus must be 2 to {LargestModulus}, not {modulus}.");
        int p = modulus ?? DefaultModulus;
        return operation switch
        {
            "addition" => OperationTable.Addition(p),
            "subtraction" => OperationTable.Subtraction(p),
            "multiplication" => OperationTable.Multiplication(p),
            _ when operation.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) => ReadTable(operation, modulus),
            _ => throw new InputException($"--operation must be addition, subtraction, multiplication or a file ending in .csv; found '{operation}'."),
        };
    }

    private static OperationTable ReadTable(string path, int? modulus)
    {
        string[] lines;
        try
        {
            lines = [.. File.ReadAllLines(path).Where(line => line.Trim().Length > 0)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The operation {path} cannot be read: {exception.Message}", exception);
        }

        if (lines.Length > LargestModulus || (modulus is { } p && p != lines.Length))
            throw new InputException($"{path} has {lines.Length} rows; {(modulus is null ? $"at most {LargestModulus} can be learned" : $"--modulus is {modulus}")}.");
        int[][] rows = [.. lines.Select((line, a) => line.Split(',').Select((cell, b) =>
            int.TryParse(cell, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int result) && result < LargestModulus
                ? result
                : throw new InputException($"{path}, row {a + 1}, column {b + 1}: expected a whole number from 0 to {LargestModulus - 1}, found '{cell.Trim()}'.")).ToArray())];
        try
        {
            return OperationTable.Of(Path.GetFileName(path), rows);
        }
        catch (ArgumentException exception)
        {
            throw new InputException($"{path}: {exception.Message}", exception);
        }
    }
}
