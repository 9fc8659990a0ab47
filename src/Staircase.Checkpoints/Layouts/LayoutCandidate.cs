namespace Staircase.Checkpoints;

/// <summary>A layout at a place where its tensors have the right names, and how well their shapes go with it.</summary>
internal sealed class LayoutCandidate
{
    private const int MostHeads = 1 << 20;

    /// <param name="place">Where its tensors stand.</param>
    /// <param name="weights">All weights of the checkpoint.</param>
    public LayoutCandidate(LayoutDescription layout, TensorPlace place, StoredWeights weights)
    {
        (Layout, Place) = (layout, place);
        var found = new List<IReadOnlyList<StoredWeight>>();
        foreach (LayoutTensor tensor in layout.Tensors)
        {
            StoredWeight[] own = [.. Own(tensor)];
            if (own.Length == 0)
                Missing ??= tensor.Name.Names(place).First();
            else
                found.Add(own);
        }

        Weights = found;
        Anchor = Weights.Count > 0 ? Weights[0][0].Name : "";
        Stem = StemOf([.. Weights.Select(own => own[0].Name)]);
        List<string> module = [.. Stem.Split('.', StringSplitOptions.RemoveEmptyEntries)];
        int number = module.FindLastIndex(
            segment => segment.All(char.IsAsciiDigit) && segment.TrimStart('0') == $"{place.Layer}".TrimStart('0'));
        if (number >= 0)
            module.RemoveAt(number);
        Module = string.Join('.', module);

        IEnumerable<StoredWeight> Own(LayoutTensor tensor)
        {
            for (int head = 0; ; head++)
            {
                StoredWeight[] spellings = [.. tensor.Name.Names(place, head).Select(weights.Find).OfType<StoredWeight>()];
                if (spellings.Length > 1)
                    Twice ??= $"both {spellings[0].Name} and {spellings[1].Name} are there";
                if (spellings.Length > 0)
                    yield return spellings[0];
                if (spellings.Length == 0 || !tensor.Name.IsByHead)
                    yield break;
            }
        }
    }

    public LayoutDescription Layout { get; }

    public TensorPlace Place { get; }

    /// <summary>The weight by which it was found.</summary>
    public string Anchor { get; }

    /// <summary>What the names of all its tensors begin with, up to a dot.</summary>
    public string Stem { get; }

    /// <summary>The same without the number of the layer: which attention of the model it is.</summary>
    public string Module { get; }

    /// <summary>The weights of each of the layout's tensors.</summary>
    public IReadOnlyList<IReadOnlyList<StoredWeight>> Weights { get; }

    /// <summary>A tensor that is not there; null where all are.</summary>
    public string? Missing { get; }

    private string? Twice { get; set; }

    /// <summary>How it is read; null where it does not fit, or not yet.</summary>
    public HeadReading? Reading { get; private set; }

    /// <summary>Why it is not read; null where it is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether the problem is one that the user can settle: nothing states a size, or statements contradict each other.</summary>
    public bool IsQuestion { get; private set; }

    /// <summary>Whether nothing contradicts it, and some size is stated by nothing.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>All that is known of its sizes.</summary>
    public SizeSystem Sizes { get; private set; } = new();

    /// <summary>What stated the number of heads and what else shapes did not.</summary>
    public List<string> Sources { get; } = [];

    /// <summary>Statements that the command line overrides.</summary>
    public List<string> Overridden { get; } = [];

    /// <summary>Solves for the sizes, from shapes first, then from what states them.</summary>
    public void Fit(SizeEvidence evidence, StoredWeights weights)
    {
        Problem = Twice ?? Weights.SelectMany(own => own).FirstOrDefault(weight => weight.Refusal is not null) switch
        {
            { } refused => $"{refused.Name}: {refused.Refusal}",
            null => FromShapes(),
        };
        if (Problem is not null)
            return;
        foreach (string symbol in Layout.Symbols.Union(["k"]))
            FromEvidence(symbol, evidence);
        foreach (SizeHint hint in Layout.Hints)
            FromHint(hint, weights, evidence);
        if (Problem is not null)
            return;
        if (Sizes["n"] > MostHeads)
            Problem = $"{Sizes["n"]} heads are more than any model has";
        if (Problem is not null)
            return;
        string[] unknown = [.. Layout.Symbols.Where(symbol => Sizes[symbol] is null)];
        if (unknown.Length > 0)
        {
            (IsOpen, IsQuestion) = (true, true);
            Problem = $"nothing states {string.Join(", ", unknown.Take(2))} ({string.Join(", ", Sizes.Products)}{FromRotary(weights)})";
            return;
        }

        try
        {
            var reading = new HeadReading(Layout, Weights, Sizes);
            _ = reading.Dimensions();
            Reading = reading;
        }
        catch (InvalidOperationException exception)
        {
            Problem = exception.Message;
        }
    }

    private string? FromShapes()
    {
        for (int t = 0; t < Layout.Tensors.Count; t++)
        {
            LayoutTensor tensor = Layout.Tensors[t];
            foreach (StoredWeight weight in Weights[t])
            {
                bool fits = weight.Shape.Length == tensor.Axes.Count;
                for (int axis = 0; fits && axis < tensor.Axes.Count; axis++)
                    fits = Sizes.Add(tensor.Axes[axis].Size, weight.Shape[axis]);
                if (!fits)
                    return $"{weight.Name} {TensorShape.Format(weight.Shape)} is not {tensor.AxesText}{Beside(t)}";
            }

            if (tensor.Name.IsByHead && !Sizes.Set("n", Weights[t].Count))
                return $"{tensor.Name} are not of one number of heads";
        }

        return null;

        string Beside(int t) => t == 0 ? ""
            : $" beside {Weights[0][0].Name} {TensorShape.Format(Weights[0][0].Shape)} = {Layout.Tensors[0].AxesText}";
    }

    private void FromEvidence(string symbol, SizeEvidence evidence)
    {
        bool isOwn = Layout.Symbols.Contains(symbol);
        if (!isOwn && !Layout.Symbols.Contains("h"))
            return;
        string what = symbol switch
        {
            "n" => "heads",
            "k" => "key/value heads",
            "h" => "rows a head",
            _ => $"= {symbol}",
        };
        bool commanded = evidence.CommandLine("n", Module) is not null || evidence.CommandLine("k", Module) is not null;
        foreach ((long value, string from) in evidence.Of(symbol, Module))
        {
            string Refuted(long refuted) => $"{refuted} {what} ({from}) do not divide {string.Join(", ", Sizes.Products)}";
            if (Problem is not null)
                return;
            bool isCommand = from == evidence.CommandLine(symbol, Module)?.From;
            if ((isOwn ? Sizes[symbol] : Sizes["n"]) is { } known)
            {
                if (known == value)
                    continue;
                string? source = Sources.Find(s => s.StartsWith($"{symbol} ", StringComparison.Ordinal));
                string contradiction =
                    $"{value} {what} ({from}) against {known}{(source is null ? ", which the shapes have" : $" ({source[2..]})")}";
                if (commanded && !isCommand)
                    Overridden.Add(contradiction);
                else
                    (Problem, IsQuestion) = (contradiction, true);
                continue;
            }

            if (!isOwn)
                continue;
            SizeSystem trial = Sizes.Copy();
            if (trial.Set(symbol, value))
            {
                Sizes = trial;
                Sources.Add($"{symbol} {from}");
            }
            else if (commanded && !isCommand)
            {
                Overridden.Add(Refuted(value));
            }
            else
            {
                (Problem, IsQuestion) = (Refuted(value), true);
            }
        }
    }

    private void FromHint(SizeHint hint, StoredWeights weights, SizeEvidence evidence)
    {
        if (Problem is not null || hint.Name.Names(Place).Select(weights.Beside).OfType<TensorInfo>().FirstOrDefault() is not { } tensor)
            return;
        SizeSystem[] able = [.. hint.Axes.Where(axes => axes.Count == tensor.Shape.Length).Select(Try).OfType<SizeSystem>()];
        if (able.Length == 0 && hint.Axes.Any(axes => axes.Count == tensor.Shape.Length))
        {
            string contradiction = $"{tensor.Name} {TensorShape.Format(tensor.Shape.AsSpan())} does not go with "
                + $"{Sizes["n"]} heads{(Sizes["h"] is { } h ? $" of {h}" : "")}";
            if (evidence.CommandLine("n", Module) is not null)
                Overridden.Add(contradiction);
            else
                (Problem, IsQuestion) = (contradiction, true);
        }
        else if (able is [var only] && Layout.Symbols.Any(symbol => Sizes[symbol] is null && only[symbol] is not null))
        {
            Sizes = only;
            Sources.Add($"n the shape of {string.Join('.', tensor.Name.Split('.').TakeLast(2))}");
        }

        SizeSystem? Try(IReadOnlyList<AxisFactor> axes)
        {
            SizeSystem trial = Sizes.Copy();
            for (int axis = 0; axis < axes.Count; axis++)
            {
                if (!trial.Add(axes[axis].Size, tensor.Shape[axis]))
                    return null;
            }

            return trial;
        }
    }

    /// <summary>What frequencies of rotary positions suggest: they do not say how much of a head turns.</summary>
    private string FromRotary(StoredWeights weights) =>
        weights.Beside($"{Stem}.rotary_emb.inv_freq") is { Shape: [> 0 and var frequencies] }
            ? $"; {frequencies} rotary frequencies turn {2 * frequencies} rows of each head, which may be all of them or not"
            : "";

    private static string StemOf(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return "";
        string[][] all = [.. names.Select(name => name.Split('.'))];
        int common = 0;
        while (Array.TrueForAll(all, segments => common < segments.Length - 1 && segments[common] == all[0][common]))
            common++;
        return string.Join('.', all[0].Take(common));
    }
}
