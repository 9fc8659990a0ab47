namespace Staircase.Checkpoints;

/// <summary>
/// Finds the layouts of a checkpoint's attentions. Where several fit the same tensors and read different heads, or a size is stated by
/// nothing, it asks: the exception says what was found, what fits, and what to give.
/// </summary>
internal sealed class LayoutSearch(ITensorSource source, ModelConfig config, LayoutOptions options)
{
    private const string ModelType = "model_type";
    private const int LongestOrigin = 2000;

    private static readonly (string Name, string Reason)[] Buffers =
    [
        ("bias", "a mask, no weight"), ("masked_bias", "a mask, no weight"), ("mask", "a mask, no weight"), ("IGNORE", "a mask, no weight"),
        ("causal_mask", "a mask, no weight"), ("rotary_emb.inv_freq", "the frequencies of rotary positions, no weight"),
    ];

    private readonly ErrorContext _context = new(source.Path);
    private readonly StoredWeights _weights = new(source, config);
    private readonly List<string> _decisions = [];
    private readonly List<SkippedTensor> _skipped = [];
    private Dictionary<string, string> _moduleNames = [];

    /// <summary>The attentions that are stored in one of the layouts; null where no names are of any.</summary>
    public HeadLayout? Among(IReadOnlyList<LayoutDescription> layouts)
    {
        List<LayoutCandidate> found = Candidates(layouts);
        if (found.Count == 0)
            return Nothing();
        _moduleNames = ModuleNames([.. found.Select(candidate => candidate.Module).Distinct()]);
        var evidence = new SizeEvidence(config, options with { HeadsOf = HeadsOfModules() }, found.Select(candidate => candidate.Module));
        var chosen = new List<LayoutCandidate>();
        foreach (List<LayoutCandidate> rivals in Rivals(found))
        {
            foreach (LayoutCandidate candidate in rivals)
                candidate.Fit(evidence, _weights);
            if (Choose(rivals) is { } choice)
                chosen.Add(choice);
        }

        if (chosen.Count == 0)
        {
            throw _context.Fail(
                null, $"no attention that can be read ({_skipped[0].Name}: {_skipped[0].Reason})",
                "its tensors whole; see --layout and --heads");
        }

        Dictionary<string, string> modules = ModuleNames([.. chosen.Select(c => c.Module).Distinct()]);
        LayoutCandidate[] ordered =
            [.. chosen.GroupBy(c => c.Module).SelectMany(module => module.OrderBy(c => c.Place.Layer))];
        Explain(ordered, modules);
        if (config.Text(HeadLayout.Origin) is { } origin)
            Decide($"{HeadLayout.Origin} in the file: {(origin.Length <= LongestOrigin ? origin : $"{origin[..LongestOrigin]}…")}");
        return new(
            string.Join(", ", ordered.Select(candidate => candidate.Layout.Name).Distinct()),
            [.. ordered.Select(candidate => Layer(candidate, modules))], _decisions, _skipped);
    }

    private static HeadLayer Layer(LayoutCandidate candidate, Dictionary<string, string> modules)
    {
        HeadReading reading = candidate.Reading!;
        (int h, int d) = reading.Dimensions();
        IEnumerable<string> tensors = reading.Weights.SelectMany(weight => weight.Tensors).Select(tensor => tensor.Name);
        return new(
            modules[candidate.Module], candidate.Place.Layer, reading.Heads, reading.KeyValueHeads, h, d,
            [.. tensors.Distinct()])
        {
            Reading = reading,
        };
    }

    private HeadLayout? Nothing()
    {
        if (options.Layout is not null)
        {
            string name = HeadLayout.Names.Contains(options.Layout) ? options.Layout : "that was given";
            throw _context.Fail(null, $"no tensors of layout {name}", "names of that layout");
        }

        return !_weights.HasAdapter ? null
            : throw _context.Fail(
            null, "a LoRA adapter without its base model, in which there are no heads",
            "--base PATH, the model that it belongs to; or --tensors lora_product, what it adds to weights (its factors: 'lora_[AB]')");
    }

    private List<LayoutCandidate> Candidates(IReadOnlyList<LayoutDescription> layouts)
    {
        var all = new List<LayoutCandidate>();
        foreach (LayoutDescription layout in layouts)
        {
            foreach (string name in _weights.Names)
            {
                if (layout.Tensors[0].Name.Match(name) is { } place)
                    all.Add(new(layout, place, _weights));
            }
        }

        var whole = all.Where(c => c.Missing is null).SelectMany(c => c.Weights).SelectMany(own => own).Select(weight => weight.Name)
            .ToHashSet();
        IEnumerable<LayoutCandidate> parts = all.Where(c => c.Missing is not null && !whole.Contains(c.Anchor));
        foreach (LayoutCandidate part in parts.DistinctBy(c => c.Anchor))
            _skipped.Add(new(part.Anchor, $"it is named as in {part.Layout.Name}, but {part.Missing} is missing beside it"));
        all.RemoveAll(candidate => candidate.Missing is not null);
        return all.Count > 0 || _skipped.Count == 0 ? all
            : throw _context.Fail(
            null, $"no attention that can be read ({_skipped[0].Name}: {_skipped[0].Reason})",
            $"all tensors of a layout, or a description of this one: --layout {LayoutDescription.Example}");
    }

    /// <summary>The heads that the user gives to modules, by their whole names.</summary>
    private Dictionary<string, int> HeadsOfModules()
    {
        var heads = new Dictionary<string, int>();
        foreach ((string part, int n) in options.HeadsOf)
        {
            string[] named =
                [.. _moduleNames.Where(m => m.Value == part || part.Split('.').All(m.Key.Split('.').Contains)).Select(m => m.Key)];
            if (named.Length == 0)
            {
                IEnumerable<string> names = _moduleNames.Values.Where(name => name.Length > 0).Distinct().Take(8);
                throw _context.Fail(
                    null, $"no module {DisplayText.Quote(part)}, to which --heads gives {n} heads", $"one of {string.Join(", ", names)}");
            }

            foreach (string module in named)
                heads[module] = n;
        }

        return heads;
    }

    /// <summary>Candidates that share a tensor: at most one of them is right.</summary>
    private static List<List<LayoutCandidate>> Rivals(List<LayoutCandidate> candidates)
    {
        var groups = new List<List<LayoutCandidate>>();
        var groupOf = new Dictionary<string, List<LayoutCandidate>>();
        foreach (LayoutCandidate candidate in candidates)
        {
            string[] names = [.. candidate.Weights.SelectMany(own => own).Select(weight => weight.Name)];
            List<LayoutCandidate>[] met = [.. names.Select(groupOf.GetValueOrDefault).OfType<List<LayoutCandidate>>().Distinct()];
            List<LayoutCandidate> group = met.FirstOrDefault() ?? [];
            if (met.Length == 0)
                groups.Add(group);
            foreach (List<LayoutCandidate> other in met.Skip(1))
            {
                group.AddRange(other);
                groups.Remove(other);
            }

            group.Add(candidate);
            foreach (string name in group.SelectMany(c => c.Weights).SelectMany(own => own).Select(weight => weight.Name))
                groupOf[name] = group;
        }

        return groups;
    }

    private LayoutCandidate? Choose(List<LayoutCandidate> rivals)
    {
        LayoutCandidate[] said = [.. rivals.Where(candidate => IsSaid(candidate.Layout))];
        if (Array.Exists(said, candidate => candidate.Layout.Needs is not null))
            said = [.. said.Where(candidate => candidate.Layout.Needs is not null)]; // what is needed says more than a model's type
        LayoutCandidate[] able = said.Length > 0 ? said : [.. rivals];
        LayoutCandidate[] asked = [.. rivals.Where(c => c.Layout.Needs is not null && !IsSaid(c.Layout) && options.Layout is null)];
        LayoutCandidate[] live = [.. able.Except(asked).Where(candidate => candidate.Reading is not null || candidate.IsOpen)];
        if (live is [{ Reading: not null } only])
        {
            string places = only.Reading.Places();
            LayoutCandidate[] others = IsSaid(only.Layout) ? []
                : [.. asked.Where(candidate => candidate.Reading is { } reading && reading.Places() != places)];
            return others.Length == 0 ? only : throw Question([only, .. others]);
        }

        bool areRead = live.Length > 1 && Array.TrueForAll(live, candidate => candidate.Reading is not null);
        if (areRead && live.Select(candidate => candidate.Reading!.Places()).Distinct().Count() == 1)
            return live[0];
        if (live.Length == 0)
        {
            live = [.. asked.Where(candidate => candidate.Reading is not null || candidate.IsOpen)];
            if (live.Length == 0)
            {
                if (able.FirstOrDefault(candidate => candidate.IsQuestion) is { } contradicted)
                    throw Question([contradicted]);
                _skipped.Add(new(able[0].Anchor, string.Join("; ", able.Select(c => $"{c.Layout.Name}: {c.Problem}"))));
                return null;
            }
        }

        throw Question(live);
    }

    private CheckpointFormatException Question(LayoutCandidate[] live)
    {
        string module = _moduleNames.GetValueOrDefault(live[0].Module, ""), give = module.Length > 0 ? $"--heads {module}=N" : "--heads N";
        string where = live[0].Module.Length > 0 ? $" of {live[0].Module}" : "";
        IEnumerable<string> fits = live.Select(c =>
        {
            string needs = c.Layout.Needs is { } need ? $", if {need.Key} is {string.Join(" or ", need.Values)}" : "";
            return c.IsQuestion ? $"{c.Layout.Name}: {c.Problem}" : $"{c.Layout.Name} with {c.Reading!.Heads} heads{needs}";
        });
        bool heads = Array.Exists(live, candidate => candidate.IsQuestion), layout = live.Length > 1 || live[0].Layout.Needs is not null;
        string names = string.Join(" or ", live.Select(candidate => $"--layout {candidate.Layout.Name}").Distinct());
        return _context.Fail(
            null,
            $"attention{where} ({live[0].Anchor} {TensorShape.Format(live[0].Weights[0][0].Shape)}) that may be "
                + $"{string.Join("; or ", fits)}",
            (heads, layout) switch
            {
                (true, true) => $"{give} and {names}",
                (true, false) => give,
                _ => names,
            });
    }

    private bool IsSaid(LayoutDescription layout) => KeyThatSays(layout) is not null;

    /// <summary>What beside the weights states that a model has this layout; null where nothing does.</summary>
    private string? KeyThatSays(LayoutDescription layout) =>
        layout.Needs is { } need
            ? config.Text(need.Key) is { } value && need.Values.Contains(value) ? need.Key : null
        : config.Text(ModelType) is { } type && layout.ModelTypes.Contains(type) ? ModelType
        : layout.SaidBy.FirstOrDefault(key => config.Text(key) is not null);

    /// <summary>What tells modules apart: the parts of their names that not all of them have.</summary>
    private static Dictionary<string, string> ModuleNames(string[] modules)
    {
        if (modules.Length == 1)
            return new() { [modules[0]] = "" };
        string[][] segments = [.. modules.Select(module => module.Split('.', StringSplitOptions.RemoveEmptyEntries))];
        string[] everywhere = [.. segments[0].Where(segment => Array.TrueForAll(segments, other => other.Contains(segment)))];
        string[][] own = [.. segments.Select(s => s.Where(segment => !everywhere.Contains(segment)).ToArray())];
        string[][] withoutNumbers = [.. own.Select(s => s.Where(segment => !segment.All(char.IsAsciiDigit)).ToArray())];
        foreach (string[][] parts in (string[][][])[withoutNumbers, own, segments])
        {
            string[] names = [.. parts.Select(part => part.Length == 0 ? "model" : string.Join('.', part))];
            if (names.Distinct().Count() == names.Length)
                return modules.Zip(names).ToDictionary();
        }

        return modules.ToDictionary(module => module);
    }

    private void Explain(LayoutCandidate[] chosen, Dictionary<string, string> modules)
    {
        foreach (LayoutCandidate first in chosen.DistinctBy(candidate => candidate.Layout))
        {
            IEnumerable<string> tensors = first.Layout.Tensors.Select((tensor, t) =>
                $"{string.Join(' ', tensor.Matrices)}: {first.Weights[t][0].Name[first.Place.Prefix.Length..]} "
                + $"{TensorShape.Format(first.Weights[t][0].Shape)} = {tensor.AxesText}");
            Decide($"{first.Layout.Name}, {first.Layout.About}: {string.Join(", ", tensors)}; {Why(first)}");
        }

        foreach (LayoutCandidate candidate in chosen)
        {
            HeadReading reading = candidate.Reading!;
            string module = modules[candidate.Module] is { Length: > 0 } name ? $"{name}: " : "";
            string keys = reading.KeyValueHeads == reading.Heads ? ""
                : $"; query head i uses key/value head ⌊i·{reading.KeyValueHeads}/{reading.Heads}⌋";
            string sources = candidate.Sources.Count == 0 ? "the shapes say so"
                : string.Join("; ", candidate.Sources.Select(source => source[(source.IndexOf(' ') + 1)..]));
            Decide($"{module}{reading.Heads} heads of dimension {reading.Dimensions().HeadDimension}: {sources}{keys}");
            foreach (string overridden in candidate.Overridden)
                Decide($"{module}the command line overrides {overridden}");
            foreach (string how in reading.Weights.Select(weight => weight.How).OfType<string>().Distinct())
                Decide($"weights are {how}");
            Caveats(candidate);
        }
    }

    private string Why(LayoutCandidate choice) =>
        options.Layout is not null ? "--layout says so"
        : KeyThatSays(choice.Layout) is { } key ? $"{key} {config.Text(key)} says so"
        : "no other layout fits these names and shapes";

    /// <summary>Notes what circuits leave out, and what stands beside the weights.</summary>
    private void Caveats(LayoutCandidate candidate)
    {
        string stem = candidate.Stem.Length == 0 ? "" : $"{candidate.Stem}.";
        string[] names = [.. candidate.Reading!.Weights.Select(weight => weight.Name)];
        IEnumerable<string> stored = names.Select(Bias).OfType<string>().Where(name => _weights.Beside(name) is not null);
        string[] biases = [.. stored.Select(Last).Distinct()];
        if (biases.Length > 0)
            Decide($"biases ({string.Join(", ", biases)}) are there and not part of the circuits");
        if (_weights.Beside($"{stem}sinks") is not null)
            Decide("attention sinks (sinks) are there and not part of the circuits");
        if (_weights.Beside($"{stem}q_norm.weight") is not null || _weights.Beside($"{stem}k_norm.weight") is not null)
            Decide("queries and keys are normed (q_norm, k_norm), which is not folded in");
        foreach (string note in candidate.Layout.Notes)
            Decide(note);
        bool isRotary = candidate.Layout.IsRotary
            || ((string[])["rotary_emb.inv_freq", "rotary_sin"]).Any(name => _weights.Beside(stem + name) is not null);
        Decide(isRotary
            ? "positions are rotary: QK is the circuit of equal positions, others turn it; the norm before the attention is not folded in"
            : "the norm before the attention, if there is one, is not folded in");
        foreach ((string name, string reason) in Buffers)
        {
            if (_weights.Beside(stem + name) is { } buffer && !names.Contains(stem + name))
                _skipped.Add(new(buffer.Name, reason));
        }
    }

    /// <summary>What the bias that belongs to a weight is called.</summary>
    private static string? Bias(string weight) =>
        weight.EndsWith("weight", StringComparison.Ordinal) ? $"{weight[..^"weight".Length]}bias"
        : weight.LastIndexOf("W_", StringComparison.Ordinal) is >= 0 and var at ? $"{weight[..at].TrimEnd('_')}b_{weight[(at + 2)..]}"
        : null;

    private static string Last(string name) => string.Join('.', name.Split('.').TakeLast(2));

    private void Decide(string text)
    {
        if (!_decisions.Contains(text))
            _decisions.Add(text);
    }
}
