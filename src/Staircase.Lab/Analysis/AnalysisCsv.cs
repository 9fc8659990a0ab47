using System.Globalization;
using System.Text;
using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>The rows of an analysis as CSV: step, layer and head (or tensor), then the numbers to the last bit, and the losses there.</summary>
public static class AnalysisCsv
{
    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Write(string path, CheckpointAnalysis analysis) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        bool heads = analysis.Layout is not null;
        LossTable? losses = analysis.Losses;
        if (analysis.Rows.Count == 0)
            return;
        writer.WriteLine(string.Join(',', (string[])[.. heads ? ["step", "layer", "head"] : (string[])["step", "tensor"], .. analysis.Rows[0].Numbers().Select(number => number.Name), .. losses?.Columns.Select(c => Quoted(c.Name)) ?? []]));
        foreach (AnalysisRow row in analysis.Rows)
        {
            string[] subject = heads ? [$"{row.Step}", $"{row.Layer}", $"{row.Head}"] : [$"{row.Step}", Quoted(row.Tensor!)];
            writer.WriteLine(string.Join(',', (string[])[.. subject, .. row.Numbers().Select(number => Text(number.Value)), .. losses?.Columns.Select((_, c) => Text(losses.At(c, row.Step))) ?? []]));
        }
    });

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Names are a stranger's: quoted, and without what a spreadsheet would run.</summary>
    private static string Quoted(string name) => name.AsSpan().ContainsAny(",\"\n\r") || (name.Length > 0 && name[0] is '=' or '+' or '-' or '@') ? $"\"'{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name;
}
