namespace Staircase.Lab;

/// <summary>
/// A kind of experiment beside regression. A new kind is one new folder: this, a record of choices with the table of its keys, and a study. The command line, experiment files, run folders and reports
/// find it by themselves.
/// </summary>
public interface IExperimentKind
{
    /// <summary>Its name: <c>--kind</c>, <c>kind:</c> in a file, <c>kind</c> in <c>run.json</c>.</summary>
    string Name { get; }

    /// <summary>What it is about, in one line.</summary>
    string Describes { get; }

    /// <summary>Its keys, in the order of the help page. A key that another kind has too is a value in both, or a switch in both.</summary>
    IReadOnlyList<ExperimentKey> Keys { get; }

    /// <summary>The keys that may change when a run is continued: those that say where it ends.</summary>
    IReadOnlyList<string> ResumeKeys { get; }

    /// <summary>The experiment that nothing was said about.</summary>
    IExperiment Default { get; }
}
