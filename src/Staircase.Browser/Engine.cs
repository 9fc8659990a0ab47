using System.Runtime.InteropServices.JavaScript;

namespace Staircase.Browser;

/// <summary>
/// What the worker of the page can ask. An answer is JSON; its arrays of numbers lie beside it, in <see cref="Numbers"/>, where
/// <c>{"numbers": [offset, length]}</c> stands. The page's side is <c>web/src/explorer/engine.ts</c>; a test compares the two.
/// </summary>
/// <remarks>
/// An experiment is a JSON object whose keys are those of the command line. What cannot be used is <c>{"error": "…"}</c>.
/// </remarks>
internal static partial class Engine
{
    private static readonly Dictionary<int, LiveRun> Runs = [];
    private static int _lastRun;
    private static double[] _numbers = [];

    /// <summary>The arrays of the last answer, one after the other.</summary>
    [JSExport]
    [return: JSMarshalAs<JSType.MemoryView>]
    internal static ArraySegment<double> Numbers() => _numbers;

    /// <summary>What theory says, roughly and at once: for while a hand moves.</summary>
    [JSExport]
    internal static string Sketch(string experiment) =>
        Answer(experiment, (words, numbers) => Theory.Of(words, numbers, isSketch: true));

    /// <summary>What theory says.</summary>
    [JSExport]
    internal static string Predict(string experiment) =>
        Answer(experiment, (words, numbers) => Theory.Of(words, numbers, isSketch: false));

    /// <summary>What <c>staircase predict --no-check --json</c> prints, with its tables and sentences.</summary>
    [JSExport]
    internal static string Findings(string experiment) =>
        Answer(experiment, (words, _) => Limits.Study(words).Predict(check: false).ToJson());

    /// <summary>The command line and the C# that do what the page does.</summary>
    [JSExport]
    internal static string Commands(string experiment) => Answer(experiment, (words, _) => CopiedCode.Of(words));

    /// <summary>Begins a training, and gives its number and what it will record.</summary>
    [JSExport]
    internal static string Begin(string experiment) => Answer(experiment, (words, _) =>
    {
        var run = new LiveRun(words);
        Runs.Add(++_lastRun, run);
        return run.Opening(_lastRun);
    });

    /// <summary>Trains on for a moment, and gives the rows that came.</summary>
    [JSExport]
    internal static string Advance(int run) => Answer(numbers => Open(run).Advance(numbers));

    /// <summary>The weights that were kept nearest to a step, and what they do.</summary>
    [JSExport]
    internal static string Look(int run, double step) => Answer(numbers => Open(run).Look((long)step, numbers));

    /// <summary>How much each head holds of each component, over all weights that were kept.</summary>
    [JSExport]
    internal static string Heads(int run) => Answer(numbers => Open(run).Heads(numbers));

    /// <summary>The part of a report that shows the run as far as it has come.</summary>
    [JSExport]
    internal static string Section(int run) => Answer(numbers => Open(run).Section(numbers));

    /// <summary>Forgets a training.</summary>
    [JSExport]
    internal static void End(int run) => Runs.Remove(run);

    /// <summary>Plateaus of a loss curve, and theory over them where a setting is stated, as a report.</summary>
    /// <param name="experiment">The setting; an empty object states none.</param>
    /// <param name="name">What the file is called.</param>
    /// <param name="text">The table: CSV, TSV or JSON lines.</param>
    [JSExport]
    internal static string Compare(string experiment, string name, string text) =>
        Answer(experiment, (words, numbers) => DroppedCurve.Report(words, name, text, numbers));

    /// <summary>The theories beside that of the staircase, and what can be moved in each.</summary>
    [JSExport]
    internal static string Neighbours() => Answer(_ => Browser.Neighbours.List());

    /// <summary>The picture of one of them, as a report.</summary>
    /// <param name="asked">Its name under <c>name</c>, and sliders by their keys.</param>
    [JSExport]
    internal static string Neighbour(string asked) =>
        Answer(numbers => Request.Parse(asked, element => Browser.Neighbours.Show(element, numbers)));

    private static LiveRun Open(int run) => Runs.GetValueOrDefault(run) ?? throw new InputException("this training has been left.");

    private static string Answer(string experiment, Func<ExperimentWords, NumberBlob, JsonNode> make) =>
        Answer(numbers => make(Request.Parse(experiment, Request.Words), numbers));

    private static string Answer(Func<NumberBlob, JsonNode> make)
    {
        var numbers = new NumberBlob();
        try
        {
            string text = make(numbers).ToJsonString();
            _numbers = numbers.Numbers;
            return text;
        }
        catch (InputException exception)
        {
            return Failure(exception.Message);
        }
        catch (OutOfMemoryException)
        {
            return Failure("there is not enough memory for this in a browser: lower dim, heads or the number of sequences.");
        }
#pragma warning disable CA1031 // an exception that crosses the border would end the worker
        catch (Exception exception)
        {
            return Failure($"a mistake of the program, not of yours: {exception.GetType().Name}: {exception.Message}");
        }
#pragma warning restore CA1031
    }

    private static string Failure(string message)
    {
        _numbers = [];
        return Json.Of(("error", message)).ToJsonString();
    }
}
