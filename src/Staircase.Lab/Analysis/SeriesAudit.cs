namespace Staircase.Lab;

/// <summary>A series looked through, every tensor of it, without anything being measured.</summary>
/// <param name="StepsFrom">Where the steps come from, and what is not there of a partial file.</param>
/// <param name="Skipped">Files that were not read, with the reasons.</param>
/// <param name="Findings">What was found.</param>
public sealed record SeriesAudit(
    IReadOnlyList<long> Steps, IReadOnlyList<string> StepsFrom, IReadOnlyList<string> Skipped, IReadOnlyList<AuditFinding> Findings)
{
    /// <summary>Opens a series and looks it through.</summary>
    /// <param name="options">Where it is and which part of it.</param>
    /// <param name="progress">The fraction that is done.</param>
    /// <exception cref="InputException">A file is missing or malformed, or the steps are not known.</exception>
    public static SeriesAudit Run(AnalysisOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Guard(() =>
        {
            using CheckpointSeries series = Open(options);
            return Of(series, progress, 1, cancellation);
        });

    /// <summary>The series that options name.</summary>
    internal static CheckpointSeries Open(AnalysisOptions options) =>
        CheckpointSeries.Open(options.Paths, options.Selection, options.Mapped, options.Partial);

    /// <summary>Looks an open series through.</summary>
    /// <param name="progress">The fraction that is done.</param>
    /// <param name="share">The fraction that is done at the end.</param>
    internal static SeriesAudit Of(CheckpointSeries series, IProgress<double>? progress, double share, CancellationToken cancellation)
    {
        var audit = new CheckpointAudit();
        var partial = new List<string>();
        for (int i = 0; i < series.Checkpoints.Count; i++)
        {
            using ITensorSource source = series.Open(series.Checkpoints[i]);
            if (source.Missing is { Count: > 0 } missing)
            {
                partial.Add($"{source.Path} is partial: {missing.Count} of {missing.Count + source.Tensors.Count} tensors are not there: "
                    + $"{string.Join(", ", missing.Take(4))}{(missing.Count > 4 ? ", …" : "")}");
            }

            audit.Add(series.Checkpoints[i], source, cancellation);
            progress?.Report(share * (i + 1) / series.Checkpoints.Count);
        }

        return new(
            [.. series.Checkpoints.Select(checkpoint => checkpoint.Step)], [.. series.StepsFrom, .. partial],
            [.. series.Skipped.Select(skipped => $"{skipped.Path}: {skipped.Reason}")], audit.Findings());
    }
}
