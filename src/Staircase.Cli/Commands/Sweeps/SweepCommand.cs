namespace Staircase.Cli;

/// <summary><c>staircase sweep</c>: many experiments, of which none is run twice.</summary>
internal sealed class SweepCommand : ICommand
{
    public Command Create() => new("sweep", "Run one experiment with many values of its keys, and gather what comes of it.")
    {
        SweepRun.Create(),
        SweepSubmit.Create(),
        SweepWork.Create(),
        SweepReportCommand.Create(),
        OfFolder("status", "How many tasks are done, which failed, and what a cluster does with the others.", (sweep, json) =>
            Output.Show("", sweep.Status(), json)),
        OfFolder("gather", "The numbers collected so far, as CSV.", (sweep, json) =>
        {
            if (json)
                Output.Json(sweep.GatherJson());
            else
                Output.Verbatim(TableExport.Text(sweep.Gather(), "csv").TrimEnd('\n'));
        }),
        OfFolder("cancel", "Ask whoever runs it, here or on a cluster, to stop; what is trained is saved, to go on.", (sweep, json) =>
        {
            string asked = sweep.Cancel();
            Output.Say(json, Json.Of(("cancelled", asked)), asked);
        }),
        OfFolder("retry", "Forget the tasks that failed, so that 'sweep run' runs them again.", (sweep, json) =>
        {
            int count = sweep.ForgetFailed();
            Output.Say(json, Json.Of(("reopened", count)), $"{count} tasks are open again.");
        }),
    };

    /// <summary>The folder of a sweep that is there.</summary>
    internal static Argument<string> Folder(Command command) => command.Argument<string>("DIR", "the folder of the sweep");

    /// <summary>What is to be known of a sweep before it runs.</summary>
    internal static void Show(SweepForecast forecast, IReadOnlyList<string> collect, int cores)
    {
        foreach (string name in collect)
            Output.Line($"{name}: {Number(forecast.Numbers.GetValueOrDefault(name))}");
        string spread = forecast.Tried > 1 ? $", from {Number(forecast.Least)} to {Number(forecast.Most)} s" : "";
        string cut = forecast.CutShort > 0 ? $"; {forecast.CutShort} were cut short, and their time is extended" : "";
        foreach (string complaint in forecast.Complaints)
            Output.Line($"One fails: {complaint}");
        Output.Line($"{forecast.Tried} of {forecast.Tasks:N0} tasks tried: {Number(forecast.Seconds)} s each{spread}{cut}.");
        Output.Line(
            $"At that, all take {Duration(forecast.SecondsOn(cores))} on {cores} cores, and {forecast.Bytes >> 20:N0} MB of memory.");
    }

    private static string Number(double? value) => value?.ToString("G3", InvariantCulture) ?? "none";

    private static string Duration(double seconds) => seconds < 120 ? $"{Number(seconds)} s"
        : seconds < 86400 ? $"{Number(seconds / 60)} min" : $"{Number(seconds / 86400)} days";

    private static Command OfFolder(string name, string describes, Action<Sweep, bool> action)
    {
        var command = new Command(name, describes);
        Argument<string> folder = Folder(command);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed => action(new Sweep(SweepFolder.Open(parsed.GetValue(folder)!)), parsed.GetValue(json)));
        return command;
    }
}
