namespace Staircase.Lab;

/// <summary>A series written in another layout, a file a checkpoint.</summary>
/// <param name="Decisions">What was decided, and why.</param>
/// <param name="Files">The files, with their steps.</param>
public sealed record SeriesConversion(string Layout, IReadOnlyList<string> Decisions, IReadOnlyList<(long Step, string Path)> Files)
{
    /// <summary>Writes the heads of every checkpoint of a series.</summary>
    /// <param name="options">The series, and how it is read.</param>
    /// <param name="to">The name of a layout, a file with one, or its text.</param>
    /// <param name="output">A <c>.safetensors</c> file for one checkpoint, else a folder.</param>
    /// <param name="progress">The fraction that is done.</param>
    /// <param name="cancellation">Stops it between two checkpoints.</param>
    /// <exception cref="InputException">A file is malformed or is asked about, the layout cannot hold the heads, or a file to write is
    /// there already.</exception>
    public static SeriesConversion Run(
        AnalysisOptions options, string to, string output, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Guard(() => Convert(options, LayoutDescription.Of(to), output, progress, cancellation));

    private static SeriesConversion Convert(
        AnalysisOptions options, IReadOnlyList<LayoutDescription> to, string output, IProgress<double>? progress,
        CancellationToken cancellation)
    {
        using CheckpointSeries series = SeriesAudit.Open(options);
        using var read = new MeasuredSeries(series, options);
        HeadLayout layout = read.Layout(options);
        bool isFile = output.EndsWith(".safetensors", StringComparison.Ordinal);
        Require(
            !isFile || read.Checkpoints.Count == 1,
            $"{read.Checkpoints.Count} checkpoints do not go into one file: give a folder for --out, or --steps.");
        (long Step, string Path)[] files =
            [.. read.Checkpoints.Select(c => (c.Step, isFile ? output : Path.Combine(output, $"step-{c.Step:00000000}.safetensors")))];
        if (files.FirstOrDefault(file => Path.Exists(file.Path)).Path is { } there)
            throw new InputException($"{there} is there already, and nothing is overwritten: give another --out.");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(files[0].Path))!);
        for (int i = 0; i < files.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using ITensorSource source = read.Open(read.Checkpoints[i]);
            LayoutConversion.Write(
                source, layout, to, files[i].Path,
                new Dictionary<string, string> { ["step"] = $"{files[i].Step}" });
            progress?.Report((i + 1.0) / files.Length);
        }

        return new(layout.Name, [.. series.StepsFrom, .. layout.Decisions], files);
    }
}
