namespace Staircase.Lab;

/// <summary>
/// A figure of a paper, or of this project: what to run, how to draw it, what must hold. A new figure is one new file with one of these,
/// and its line in <see cref="FigureCatalogue"/>.
/// </summary>
/// <param name="name">Its name on the command line.</param>
/// <param name="shows">What it shows, in one line.</param>
/// <param name="source">Where it comes from: paper and figure.</param>
/// <param name="results">The results of the theory that it puts to the test.</param>
public abstract class Figure(string name, string shows, string source, params IReadOnlyList<Result> results)
{
    /// <summary>Its name on the command line.</summary>
    public string Name => name;

    /// <summary>What it shows, in one line.</summary>
    public string Shows => shows;

    /// <summary>Where it comes from: paper and figure.</summary>
    public string Source => source;

    /// <summary>The results of the theory that it puts to the test.</summary>
    public IReadOnlyList<Result> Results => results;

    /// <summary>Runs the experiments, draws them and checks the claims.</summary>
    /// <param name="bench">The preset, and where progress goes.</param>
    public abstract ReportSection Reproduce(Bench bench);
}
