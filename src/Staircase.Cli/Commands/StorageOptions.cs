namespace Staircase.Cli;

/// <summary>Options of the commands that read heads: how a checkpoint stores them.</summary>
/// <param name="command">The command that gets them.</param>
internal sealed class StorageOptions(Command command)
{
    private const string Auto = "auto";

    private readonly Option<string> _layout = command.Option<string>(
        "--layout", "NAME|FILE|'TEXT'", "how attention is stored: one that 'staircase layouts' lists, or a description of your own", Auto);
    private readonly Option<string?> _heads = command.Option<string?>(
        "--heads", "N|MODULE=N,…", "heads of a layer, where no config.json says; of several modules each its own");
    private readonly Option<int?> _keyValueHeads = command.Option<int?>("--kv-heads", "K", "key/value heads of a layer");
    private readonly Option<string?> _base = command.Option<string?>(
        "--base", "PATH", "the base model of LoRA adapters: a file or a folder; heads are those of base and adapter together");

    /// <summary>Adds what a command line says of it.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public AnalysisOptions Read(ParseResult parsed, AnalysisOptions options)
    {
        string layout = AnalysisOptions.KnownLayout(parsed.GetValue(_layout)!, Auto);
        Require(parsed.GetValue(_keyValueHeads) is null or >= 1, $"--kv-heads must be at least 1, not {parsed.GetValue(_keyValueHeads)}.");
        return options with
        {
            Storage = Heads(parsed.GetValue(_heads)) with
            {
                Layout = layout == Auto ? null : layout,
                KeyValueHeads = parsed.GetValue(_keyValueHeads),
            },
            Base = parsed.GetValue(_base),
        };
    }

    /// <summary>A number for all modules, or <c>MODULE=N</c> for some.</summary>
    private static LayoutOptions Heads(string? text)
    {
        int? all = null;
        var some = new Dictionary<string, int>();
        foreach (string part in text?.Split(',') ?? [])
        {
            string[] sides = part.Split('=');
            if (sides.Length > 2 || !int.TryParse(sides[^1], out int heads) || (sides.Length == 1 && all is not null))
            {
                throw new InputException(
                    $"--heads must be a number, or MODULE=N,MODULE=N of modules with numbers of their own, not '{text}'.");
            }

            Require(heads >= 1, $"--heads must be at least 1, not {heads}.");
            if (sides is [var module, _])
                some[module] = heads;
            else
                all = heads;
        }

        return new(Heads: all) { HeadsOf = some };
    }
}
