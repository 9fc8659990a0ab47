namespace Staircase.Cli;

/// <summary><c>staircase convert</c>: the attention heads of anybody's checkpoints in one layout.</summary>
internal sealed class ConvertCommand : ICommand
{
    public Command Create()
    {
        var command = new Command(
            "convert",
            "Write the attention heads of anybody's checkpoints in another layout, as safetensors that state their sizes. Nothing is "
            + "overwritten.");
        var series = new SeriesOptions(command);
        var storage = new StorageOptions(command);
        var to = command.Option<string>(
            "--to", "NAME|FILE|'TEXT'",
            "the layout: transformerlens, plain (for heads of any sizes), or another that can be written", "transformerlens");
        var output = command.Option<string>("--out", "FILE.safetensors|FOLDER", "a file for one checkpoint, a folder for a series");
        output.Required = true;
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed => Convert(
            storage.Read(parsed, series.Read(parsed)), AnalysisOptions.KnownLayout(parsed.GetValue(to)!), parsed.GetValue(output)!,
            parsed.GetValue(json)));
        return command;
    }

    private static void Convert(AnalysisOptions options, string to, string output, bool json)
    {
        SeriesConversion conversion =
            ProgressDisplay.Run(progress => SeriesConversion.Run(options, to, output, Fractions.Of(progress), StopSignal.Token));
        if (json)
        {
            Output.Json(Json.Of(
                ("layout", conversion.Layout), ("decisions", conversion.Decisions),
                ("files", Json.List(conversion.Files, file => Json.Of(("step", file.Step), ("file", file.Path))))));
            return;
        }

        Output.Line($"Read as {conversion.Layout}:");
        foreach (string decision in conversion.Decisions)
            Output.Line($"  {SeriesOptions.Plain(decision)}");
        foreach ((long step, string path) in conversion.Files)
            Output.Line($"Step {step} in {path}");
        Output.Line("Heads alone: embeddings, biases and norms are not written. Each file was read again and compared.");
    }
}
