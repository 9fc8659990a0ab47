namespace Staircase.Checkpoints;

/// <summary>Reads the language of layouts.</summary>
internal static class LayoutText
{
    private const string OwnName = "own", Roles = "qkvo_";

    private static readonly string[] Keywords = ["layout", "of", "model_type", "said", "needs", "note", "rotary"];

    /// <summary>Reads a text: a layout a paragraph, or one alone without a name; on one line, semicolons stand for
    /// line breaks.</summary>
    /// <exception cref="FormatException">A line is not of the language.</exception>
    public static IReadOnlyList<LayoutDescription> Parse(string text)
    {
        var layouts = new List<LayoutDescription>();
        var lines = new List<string>();
        string whole = text.ReplaceLineEndings("\n").Trim();
        foreach (string line in whole.Split(whole.Contains('\n') ? '\n' : ';', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("layout ", StringComparison.Ordinal))
                Finish();
            if (line.Length > 0 && !line.StartsWith('#'))
                lines.Add(line);
        }

        Finish();
        return layouts.Count > 0 ? layouts
            : throw new FormatException("the text describes no layout: a line is q: NAME [AXES], for instance");

        void Finish()
        {
            if (lines.Count > 0)
                layouts.Add(Layout(lines));
            lines.Clear();
        }
    }

    private static LayoutDescription Layout(List<string> lines)
    {
        var tensors = new List<LayoutTensor>();
        var hints = new List<SizeHint>();
        var formulas = new Dictionary<string, MatrixFormula>();
        var said = Keywords.ToDictionary(keyword => keyword, _ => new List<string>());
        foreach (string line in lines)
        {
            try
            {
                int colon = line.IndexOf(": ", StringComparison.Ordinal), axes = line.IndexOf('[');
                if (line.Split(' ', 2) is [var keyword, .. var rest] && said.TryGetValue(keyword, out List<string>? texts))
                    texts.Add(rest is [var text] ? text.Trim() : "");
                else if (line.Split('=') is [var name, var formula] && !formulas.ContainsKey(name.Trim()))
                    formulas.Add(name.Trim(), new Reader(formula).ReadFormula());
                else if (colon > 0 && axes > colon && line[^1] == ']')
                    Tensor(line[..colon].Trim(), line[(colon + 1)..axes].Trim(), line[(axes + 1)..^1]);
                else
                    throw new FormatException("neither NAMES: TENSOR [AXES] nor NAME = FORMULA");
            }
            catch (FormatException exception)
            {
                throw new FormatException($"'{line}': {exception.Message}", exception);
            }
        }

        var layout = new LayoutDescription
        {
            Name = said["layout"].FirstOrDefault() ?? OwnName,
            About = said["of"].FirstOrDefault() ?? "",
            ModelTypes = [.. said["model_type"].SelectMany(Words)],
            SaidBy = [.. said["said"].SelectMany(Words)],
            Needs = said["needs"] is [var need] && Words(need) is [var key, .. var values] ? (key, values) : null,
            Notes = said["note"],
            IsRotary = said["rotary"].Count > 0,
            Tensors = tensors,
            Hints = hints,
            Formulas = formulas,
            Lines = [.. lines],
        };
        Check(layout);
        return layout;

        void Tensor(string names, string tensor, string axes)
        {
            var pattern = new TensorPattern(tensor);
            IReadOnlyList<AxisFactor>[] all = [.. axes.Split(']').Select(one => new Reader(one.TrimStart(' ', '[')).ReadAxes())];
            if (names == "?")
                hints.Add(new(pattern, all));
            else if (all is [var only])
            {
                bool areRoles = names.All(c => Roles.Contains(c));
                tensors.Add(new(areRoles ? [.. names.Select(c => $"{c}")] : Words(names), pattern, only));
            }
            else
                throw new FormatException("one pair of brackets was expected");
        }
    }

    private static string[] Words(string text) => text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);

    private static void Check(LayoutDescription layout)
    {
        string[] stored = [.. layout.Tensors.SelectMany(tensor => tensor.Matrices).Where(name => name != "_")];
        if (stored.FirstOrDefault(name => stored.Count(other => other == name) > 1 || layout.Formulas.ContainsKey(name)) is { } twice)
            throw new FormatException($"layout {layout.Name}: {twice} stands there twice");
        string[] all = [.. stored, .. layout.Formulas.Keys];
        if (((string[])["q", "k", "v", "o"]).FirstOrDefault(role => !all.Contains(role)) is { } missing)
        {
            throw new FormatException(
                $"layout {layout.Name}: {missing} is missing; q, k, v and o are each a tensor, or a formula such as {missing} = 1[d]");
        }

        if (layout.Formulas.Values.SelectMany(formula => formula.Names).FirstOrDefault(name => !stored.Contains(name)) is { } unknown)
            throw new FormatException($"layout {layout.Name}: a formula has {unknown}, which no tensor holds");
        foreach (LayoutTensor tensor in layout.Tensors)
            Check(tensor);
    }

    private static void Check(LayoutTensor tensor)
    {
        AxisFactor[] factors = [.. tensor.Axes.SelectMany(axis => axis.All())];
        string line = $"{tensor.Name} {tensor.AxesText}";
        int splits = factors.Count(tensor.IsSplit), parts = tensor.Matrices.Count;
        if (parts > 1 && splits != 1)
            throw new FormatException($"{line} holds {parts} matrices: one {parts}, or one (… | …) of {parts} parts, says where each is");
        if (Array.Find(factors, factor => factor.Number > 1 && !tensor.IsSplit(factor)) is { } number)
            throw new FormatException($"{line} has {number}, but {parts} name{(parts > 1 ? "s" : "")} before the colon");
        if (Array.Find(factors, f => f.Parts.Count > 1 && !tensor.IsSplit(f) && f.All().Any(inner => inner.IsOfHeads)) is { } joined)
            throw new FormatException($"{line}: {joined} has heads in parts that no names tell apart");
        for (int part = 0; part < parts; part++)
        {
            if (tensor.Matrices[part] is "q" or "k" or "v" or "o" && !tensor.Kept(part).Any(factor => factor.IsStream))
            {
                throw new FormatException(
                    $"{line}: {tensor.Matrices[part]} needs the axis d of the model (e, f where it reads from elsewhere)");
            }

            if (tensor.Kept(part).Count > 3)
                throw new FormatException($"{line}: {tensor.Matrices[part]} has more axes than a matrix");
        }
    }

    /// <summary>Reads axes and formulas, a character at a time.</summary>
    private sealed class Reader(string text)
    {
        private const int MostDepth = 8;

        private int _at;

        private char Next
        {
            get
            {
                while (_at < text.Length && text[_at] == ' ')
                    _at++;
                return _at < text.Length ? text[_at] : '\0';
            }
        }

        public IReadOnlyList<AxisFactor> ReadAxes()
        {
            IReadOnlyList<AxisFactor> axes = ReadFactors(0);
            return Next == '\0' ? axes : throw Unexpected();
        }

        public MatrixFormula ReadFormula()
        {
            MatrixFormula formula = ReadRows(0);
            return Next == '\0' ? formula : throw Unexpected();
        }

        private List<AxisFactor> ReadFactors(int depth)
        {
            var factors = new List<AxisFactor>();
            while (Next is not ('\0' or ')' or '|' or ']'))
                factors.Add(ReadFactor(depth));
            return factors.Count > 0 ? factors : throw Unexpected();
        }

        private AxisFactor ReadFactor(int depth)
        {
            if (Next == '(')
            {
                if (depth >= MostDepth)
                    throw new FormatException($"more than {MostDepth} parentheses in each other");
                _at++;
                var parts = new List<IReadOnlyList<AxisFactor>> { ReadFactors(depth + 1) };
                for (; Next == '|'; parts.Add(ReadFactors(depth + 1)))
                    _at++;
                Take(')');
                return new(null, null, 0, parts);
            }

            string word = Word();
            if (int.TryParse(word, NumberStyles.None, InvariantCulture, out int number))
            {
                return number is > 0 and < 100 ? new(null, null, number, [])
                    : throw new FormatException($"the number {word} is none of parts");
            }

            if (Next != '/')
                return new(word, null, 0, []);
            _at++;
            return (word, Word()) == ("n", "k") ? new("n", "k", 0, []) : throw new FormatException("n/k is the only quotient");
        }

        private MatrixFormula ReadRows(int depth) =>
            ReadStack('|', beside: false, () => ReadStack(',', beside: true, () => ReadProduct(depth)));

        private MatrixFormula ReadStack(char separator, bool beside, Func<MatrixFormula> part)
        {
            var parts = new List<MatrixFormula> { part() };
            for (; Next == separator; parts.Add(part()))
                _at++;
            return parts is [var only] ? only : new MatrixFormula.Stack(parts, beside);
        }

        private MatrixFormula ReadProduct(int depth)
        {
            MatrixFormula product = ReadMatrix(depth);
            while (Next is not ('\0' or ')' or '|' or ','))
                product = new MatrixFormula.Product(product, ReadMatrix(depth));
            return product;
        }

        private MatrixFormula ReadMatrix(int depth)
        {
            if (Next == '(')
            {
                if (depth >= MostDepth)
                    throw new FormatException($"more than {MostDepth} parentheses in each other");
                _at++;
                MatrixFormula inner = ReadRows(depth + 1);
                Take(')');
                return inner;
            }

            string word = Word();
            if (word is not ("0" or "1"))
                return new MatrixFormula.Named(word);
            Take('[');
            List<AxisFactor> axes = ReadFactors(0);
            Take(']');
            return axes.Count == (word == "1" ? 1 : 2) ? new MatrixFormula.Constant(axes)
                : throw new FormatException("an identity is 1[SIZE], zeros are 0[ROWS COLUMNS]");
        }

        private string Word()
        {
            _ = Next;
            int start = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_'))
                _at++;
            return _at > start ? text[start.._at] : throw Unexpected();
        }

        private void Take(char c)
        {
            if (Next != c)
                throw Unexpected();
            _at++;
        }

        private FormatException Unexpected() =>
            new(Next == '\0' ? $"'{text}' ends too early" : $"'{text}' has '{Next}' at {_at + 1}, where it cannot stand");
    }
}

/// <summary>A tensor that may be there and whose shape may state sizes: a norm of queries, for instance.</summary>
/// <param name="Axes">What its axes may be.</param>
internal sealed record SizeHint(TensorPattern Name, IReadOnlyList<IReadOnlyList<AxisFactor>> Axes);
