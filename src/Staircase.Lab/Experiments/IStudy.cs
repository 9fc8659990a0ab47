namespace Staircase.Lab;

/// <summary>An experiment of any kind beside regression with everything it needs in memory: what the commands do with it.</summary>
public interface IStudy
{
    /// <summary>The study in one line.</summary>
    string Description { get; }

    /// <summary>What a user should know before training: what cannot be learned, what a theory leaves out.</summary>
    IReadOnlyList<string> Announcements { get; }

    /// <summary>The experiment's keys and values with every choice made.</summary>
    IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>The results of the theory that it rests on.</summary>
    IReadOnlyList<Result> Results { get; }

    /// <summary>What theory says, without training.</summary>
    Findings Predict();

    /// <summary>Trains into a run folder, or continues the run there to the same bits.</summary>
    /// <param name="folder">The folder; it holds the run if there was one.</param>
    /// <param name="before">The record of the run to continue; null for a new one.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellation">Stops it; it can be continued.</param>
    /// <returns>The final record, which is in the folder too: finished or interrupted.</returns>
    /// <exception cref="InputException">The loss diverged (the record says so too), or the folder cannot be written.</exception>
    RunRecord Train(RunFolder folder, RunRecord? before, IProgress<TrainingProgress>? progress, CancellationToken cancellation);

    /// <summary>Lays theory over a run.</summary>
    /// <exception cref="InputException">A file is missing or broken, or too little was recorded.</exception>
    Findings Compare(RunFolder folder);

    /// <summary>The run as a part of a report.</summary>
    /// <exception cref="InputException">A file is missing or broken, or too little was recorded.</exception>
    ReportSection Report(RunFolder folder, RunRecord record);
}
