namespace Staircase.Lab;

/// <summary>A figure that says what it is in its first line.</summary>
/// <param name="name">Its name on the command line.</param>
/// <param name="shows">What it shows, in one line.</param>
/// <param name="source">Where it comes from: paper and figure.</param>
/// <param name="results">The results of the theory that it puts to the test.</param>
internal abstract class Figure(string name, string shows, string source, params IReadOnlyList<Result> results) : IFigure
{
    public string Name => name;

    public string Shows => shows;

    public string Source => source;

    public IReadOnlyList<Result> Results => results;

    public abstract ReportSection Reproduce(Bench bench);
}
