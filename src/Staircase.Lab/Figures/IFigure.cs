namespace Staircase.Lab;

/// <summary>
/// A figure of a paper, or of this project: what to run, how to draw it, what must hold. A new figure is one new file with one of these,
/// and its line in <see cref="FigureCatalogue"/>.
/// </summary>
public interface IFigure
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>What it shows, in one line.</summary>
    string Shows { get; }

    /// <summary>Where it comes from: paper and figure.</summary>
    string Source { get; }

    /// <summary>The results of the theory that it puts to the test.</summary>
    IReadOnlyList<Result> Results { get; }

    /// <summary>Runs the experiments, draws them and checks the claims.</summary>
    /// <param name="bench">The preset, and where progress goes.</param>
    ReportSection Reproduce(Bench bench);
}
