namespace Staircase.Checkpoints;

/// <summary>
/// What states sizes beside shapes: the command line, then config.json, then numbers in the checkpoint itself. The first of them that says
/// something is believed; what contradicts it is named.
/// </summary>
internal sealed class SizeEvidence
{
    private static readonly Dictionary<string, string[]> Keys = new()
    {
        ["n"] =
        [
            "num_attention_heads", "n_head", "n_heads", "num_heads", "nhead", "number_of_heads", "attention_heads", "n_attention_heads",
        ],
        ["k"] =
        [
            "num_key_value_heads", "n_kv_heads", "num_kv_heads", "n_kv_head", "multi_query_group_num", "num_query_groups", "n_query_groups",
            "kv_n_heads", "n_key_value_heads", "num_ln_in_parallel_attn_kv",
        ],
        ["h"] = ["head_dim", "d_head", "attention_head_size", "kv_channels", "d_kv", "dim_head"],
        ["d"] = ["hidden_size", "n_embd", "d_model"],
        ["a"] = ["qk_nope_head_dim"],
        ["p"] = ["qk_rope_head_dim"],
        ["u"] = ["v_head_dim"],
        ["r"] = ["kv_lora_rank"],
        ["s"] = ["q_lora_rank"],
    };

    /// <summary>What towers are called in names of tensors and in configs.</summary>
    private static readonly string[][] Towers =
    [
        ["text", "language", "llm"], ["vision", "visual", "image", "vit"], ["audio", "speech"], ["encoder"], ["decoder"], ["student"],
        ["teacher"],
    ];

    private static readonly char[] Separators = ['.', '_'];

    private readonly LayoutOptions _options;
    private readonly List<Statement> _statements = [];
    private readonly HashSet<string> _towers;

    /// <summary>A number under a key that means a size; the towers that the key names.</summary>
    private sealed record Statement(string Symbol, long Value, string From, HashSet<string> Towers);

    /// <param name="config">What is known beside the weights, and in them.</param>
    /// <param name="options">What the command line says.</param>
    /// <param name="modules">Where attentions stand, to tell which section of a config is whose.</param>
    public SizeEvidence(ModelConfig config, LayoutOptions options, IEnumerable<string> modules)
    {
        _options = options;
        bool isMultiQuery = config.Flag("multi_query") == true;
        _towers = [.. modules.SelectMany(TowerOf)];
        IEnumerable<string> ordered = config.Values.Keys.OrderBy(key => key.Length).ThenBy(key => key, StringComparer.Ordinal);
        foreach (string key in ordered)
        {
            if (config.Number(key) is not (> 0 and <= int.MaxValue and var number))
                continue;
            int dot = key.LastIndexOf('.');
            foreach ((string symbol, string[] names) in Keys)
            {
                string last = key[(dot + 1)..];
                if (!names.Contains(last))
                {
                    int end = last.IndexOf('_');
                    if (end < 0 || TowersIn(last[..end]).Length == 0 || !names.Contains(last[(end + 1)..]))
                        continue;
                    last = last[..end];
                }
                else
                {
                    last = "";
                }

                if (symbol != "k" || !isMultiQuery) // there is one, whatever else is stated
                {
                    _statements.Add(
                        new(symbol, number, $"{key} in {config.Values[key].Source}", [.. TowersIn($"{key[..Math.Max(dot, 0)]}.{last}")]));
                }
            }
        }
    }

    /// <summary>What a size is called by configs first.</summary>
    public static string KeyOf(string symbol) => Keys[symbol][0];

    /// <summary>What states a size of a module: the most particular statements, which may contradict each other.</summary>
    public IEnumerable<(long Value, string From)> Of(string symbol, string module)
    {
        if (CommandLine(symbol, module) is { } said)
            yield return said;
        string[] here = TowerOf(module);
        var able = _statements.Where(s => s.Symbol == symbol && !(s.Towers.Any(_towers.Contains) && !s.Towers.Any(here.Contains)))
            .GroupBy(s => s.Towers.Any(here.Contains) ? 0 : s.Towers.Count == 0 ? 1 : 2).MinBy(group => group.Key);
        foreach (IGrouping<long, Statement> same in able?.GroupBy(statement => statement.Value) ?? [])
            yield return (same.Key, same.First().From);
    }

    /// <summary>What the command line says.</summary>
    public (long Value, string From)? CommandLine(string symbol, string module) => symbol switch
    {
        "n" when _options.HeadsOf.TryGetValue(module, out int own) => (own, "--heads"),
        "n" when _options.Heads is { } heads => (heads, "--heads"),
        "k" when _options.KeyValueHeads is { } heads => (heads, "--kv-heads"),
        _ => null,
    };

    /// <summary>The tower that a module is in, which the first part of its name says: decoder.encoder_attn is in the decoder.</summary>
    private static string[] TowerOf(string module) => module.Split('.').Select(TowersIn).FirstOrDefault(towers => towers.Length > 0) ?? [];

    private static string[] TowersIn(string name)
    {
        string[] words = name.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string[]> found = Towers.Where(tower => words.Any(word => tower.Contains(word, StringComparer.OrdinalIgnoreCase)));
        return [.. found.Select(tower => tower[0])];
    }
}
