namespace Staircase.Lab;

/// <summary>
/// The rows of an analysis as CSV: step, module, layer and head (or tensor), then the numbers to the last bit, and the losses there.
/// </summary>
public static class AnalysisCsv
{
    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Write(string path, CheckpointAnalysis analysis) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        if (analysis.Rows.Count == 0)
            return;
        bool heads = analysis.Layout is not null;
        IReadOnlyList<(string Name, double[] Values)> losses = analysis.Losses?.Columns ?? [];
        Line([
            .. heads ? ["step", "module", "layer", "head"] : (string[])["step", "tensor"],
            .. analysis.Columns.Select(column => column.Name), .. losses.Select(loss => Safe(loss.Name)),
        ]);
        foreach (AnalysisRow row in analysis.Rows)
        {
            Line([
                $"{row.Step}", .. heads ? [Safe(row.Module!), $"{row.Layer}", $"{row.Head}"] : (string[])[Safe(row.Tensor!)],
                .. analysis.Columns.Select(column => Text(column.Of(row))),
                .. losses.Select((_, c) => Text(analysis.Losses!.At(c, row.Step))),
            ]);
        }

        void Line(string[] cells) => writer.WriteLine(TableExport.Csv(cells));
    });

    private static string Text(double value) => value.ToString("R", InvariantCulture);

    /// <summary>Names are a stranger's: without what a spreadsheet would run.</summary>
    private static string Safe(string name) => name is ['=' or '+' or '-' or '@', ..] ? $"'{name}" : name;
}
