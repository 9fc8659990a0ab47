using MathNet.Numerics;

namespace Staircase.Transformers.Tests;

public class TokenTaskTests
{
    private const double Rounding = 1e-10;

    /// <summary>Standard errors by which a mean of many draws may be off; each test asks some ten times.</summary>
    private const double StandardErrors = 4.5;

    public static TheoryData<string> Tasks => ["markov-0", "markov-1", "markov-2", "repeated", "triggers", "text"];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void A_sequence_depends_on_its_address_alone(string name)
    {
        ITokenTask task = Task(name), again = Task(name);
        int[] first = Read(task, DataSplit.Training, 7, 40), other = Read(task, DataSplit.Training, 8, 40);
        Assert.Equal(first, Read(again, DataSplit.Training, 7, 40));
        Assert.NotEqual(first, other);
        Assert.NotEqual(first, Read(task, DataSplit.Validation, 7, 40));
        Assert.All(first, token => Assert.InRange(token, 0, task.Vocabulary - 1));
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Predictors_give_probabilities_that_know_nothing_of_later_tokens(string name)
    {
        ITokenTask task = Task(name);
        int[] tokens = Read(task, DataSplit.Validation, 3, 40);
        for (int baseline = 0; baseline < task.Baselines.Count; baseline++)
        {
            double[] all = Predict(task, baseline, tokens);
            Assert.All(all.Chunk(task.Vocabulary), row => Assert.Equal(1, row.Sum(), Rounding));
            if (task.Baselines[baseline] != "copy")
                Assert.Equal(all[..(17 * task.Vocabulary)], Predict(task, baseline, tokens[..17]));
        }
    }

    [Theory]
    [InlineData("markov-0", 1)]
    [InlineData("markov-1", 2)]
    [InlineData("markov-2", 3)]
    [InlineData("triggers", 2)]
    public void The_best_predictor_is_calibrated_and_better_than_the_others(string name, int best)
    {
        // What was predicted with probability p happens with frequency p: the mean of 1 − p over what happened, weighted by p, has the
        // expectation zero at every token.
        ITokenTask task = Task(name);
        var losses = new double[task.Baselines.Count];
        double sum = 0, squares = 0;
        const int sequences = 2000, length = 30;
        for (int i = 0; i < sequences; i++)
        {
            int[] tokens = Read(task, DataSplit.Training, i, length + 1);
            for (int b = 0; b < losses.Length; b++)
            {
                double[] p = Predict(task, b, tokens[..length]);
                double off = 0;
                for (int t = 0; t < length; t++)
                {
                    double[] row = p[(t * task.Vocabulary)..((t + 1) * task.Vocabulary)];
                    losses[b] -= Math.Log(row[tokens[t + 1]]);
                    off += row[tokens[t + 1]] - row.Sum(x => x * x);
                }

                if (b == best)
                    (sum, squares) = (sum + off, squares + off * off);
            }
        }

        double error = Math.Sqrt(squares) / sequences;
        Assert.True(Math.Abs(sum / sequences) < StandardErrors * error, $"{name}: off by {sum / sequences} ± {error}");
        Assert.Equal(best, Array.IndexOf(losses, losses.Min()));
        Assert.Equal(Math.Log(task.Vocabulary), losses[0] / sequences / length, Rounding);
    }

    [Theory]
    [InlineData(0, 0.7)]
    [InlineData(1, 1)]
    [InlineData(2, 2.5)]
    public void Counting_gives_the_marginal_likelihood_of_the_sequence(int order, double α)
    {
        // ∏_t p(x_t | before) = k^−order ∏_rows Γ(kα)/Γ(kα + n_row) ∏_s Γ(α + n_row,s)/Γ(α), the likelihood with the rows integrated out.
        const int k = 3, n = 60;
        int[] x = Read(new MarkovTask(k, order, 1, 5), DataSplit.Training, 1, n);
        var p = new double[n * k];
        ContextCounts.Predict(order, α, k, x, p);
        double actual = -Math.Log(k) + Enumerable.Range(1, n - 1).Sum(t => Math.Log(p[(t - 1) * k + x[t]]));
        double expected = -order * Math.Log(k);
        IEnumerable<int> from = Enumerable.Range(order, n - order);
        foreach (IGrouping<string, int> row in from.GroupBy(t => string.Join(',', x[(t - order)..t]), t => x[t], StringComparer.Ordinal))
        {
            expected += SpecialFunctions.GammaLn(k * α) - SpecialFunctions.GammaLn(k * α + row.Count());
            expected += row.GroupBy(s => s).Sum(s => SpecialFunctions.GammaLn(α + s.Count()) - SpecialFunctions.GammaLn(α));
        }

        Assert.Equal(expected, actual, Rounding);
    }

    [Fact]
    public void Rows_come_from_the_prior()
    {
        // At order 0 a chain draws independently from one Dirichlet(α) row: two tokens agree with probability Σ E p² = (α + 1)/(kα + 1).
        foreach (double α in (double[])[0.3, 1, 4])
        {
            const int k = 4, sequences = 40_000;
            var task = new MarkovTask(k, 0, α, 3);
            int equal = Enumerable.Range(0, sequences).Count(i => Read(task, DataSplit.Training, i, 2) is [var a, var b] && a == b);
            double agree = equal / (double)sequences;
            double expected = (α + 1) / (k * α + 1);
            Assert.True(
                Math.Abs(agree - expected) < StandardErrors * Math.Sqrt(expected * (1 - expected) / sequences),
                $"α = {α}: {agree}, expected {expected}");
        }
    }

    [Fact]
    public void Repeated_tokens_can_be_copied()
    {
        ITokenTask task = Task("repeated");
        int[] tokens = Read(task, DataSplit.Training, 2, 41);
        double[] p = Predict(task, 1, tokens[..40]);
        int certain = Enumerable.Range(0, 40).Count(t => p[t * task.Vocabulary + tokens[t + 1]] == 1);
        Assert.InRange(certain, 20, 31); // all after the first period of 10 to 20
    }

    [Fact]
    public void After_a_trigger_comes_what_came_before()
    {
        var task = new TriggerTask(12, 3, 0.5, 9);
        for (int i = 0; i < 20; i++)
        {
            int[] tokens = Read(task, DataSplit.Training, i, 60);
            double[] p = Predict(task, 2, tokens[..59]), guess = Predict(task, 1, tokens[..59]);
            for (int t = 0; t < 59; t++)
            {
                double[] row = p[(t * 12)..((t + 1) * 12)];
                if (row.Contains(1.0))
                    Assert.Equal(1, row[tokens[t + 1]]);
                if (row.Contains(1.0))
                    Assert.All(guess[(t * 12)..((t + 1) * 12)], x => Assert.Equal(1.0 / 12, x, Rounding));
            }
        }
    }

    [Fact]
    public void What_is_out_of_range_is_refused()
    {
        Assert.Contains(
            "at least 2 states", Assert.Throws<ArgumentException>(() => new MarkovTask(1, 1, 1, 0)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "must be positive", Assert.Throws<ArgumentException>(() => new MarkovTask(2, 1, 0, 0)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "rows; at most", Assert.Throws<ArgumentException>(() => new MarkovTask(10, 6, 1, 0)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "3 tokens and 3 triggers", Assert.Throws<ArgumentException>(() => new TriggerTask(3, 3, 1, 0)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "a context of 100 needs at least 101 of each",
            Assert.Throws<ArgumentException>(() => new TextTask("short text", new CharacterTokenizer("short text"), 0.1, 100, 0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Training_and_validation_passages_lie_in_parts_of_their_own()
    {
        string text = new string('a', 400) + new string('b', 100);
        var task = new TextTask(text, new CharacterTokenizer(text), 0.2, 30, 1);
        for (int i = 0; i < 200; i++)
        {
            Assert.All(Read(task, DataSplit.Training, i, 31), token => Assert.Equal(0, token));
            Assert.All(Read(task, DataSplit.Validation, i, 31), token => Assert.Equal(1, token));
        }
    }

    [Fact]
    public void Byte_pairs_are_those_of_the_published_example()
    {
        // Gage 1994: aaabdaaabac becomes XdXac with Z = aa, Y = ab, X = ZY.
        var tokenizer = new BytePairTokenizer("aaabdaaabac", 300);
        Assert.Equal(259, tokenizer.Vocabulary);
        Assert.Equal([258, 'd', 258, 'a', 'c'], tokenizer.Encode("aaabdaaabac"));
        Assert.Equal("aa ab aaab", string.Join(' ', ((int[])[256, 257, 258]).Select(token => tokenizer.Decode([token]))));
    }

    [Theory]
    [InlineData("Überall dieselben Wörter, überall; 漢字 und 🙂 dazu.\n\n  Zwei  Absätze.")]
    [InlineData(" ")]
    public void Text_comes_back_from_its_tokens(string text)
    {
        foreach (ITokenizer tokenizer in (ITokenizer[])[new CharacterTokenizer(text), new BytePairTokenizer(text + text, 280)])
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    private static ITokenTask Task(string name) => name switch
    {
        "repeated" => new RepeatedTask(11, 4),
        "triggers" => new TriggerTask(7, 2, 0.5, 4),
        "text" => new TextTask(Text, new CharacterTokenizer(Text), 0.3, 40, 4),
        _ => new MarkovTask(3, name[^1] - '0', 1, 4),
    };

    private static string Text { get; } = string.Concat(Enumerable.Range(0, 400).Select(i => (char)('a' + (i * i + i / 7) % 13)));

    private static int[] Read(ITokenSource source, DataSplit split, long number, int length)
    {
        var tokens = new int[length];
        source.Read(split, number, tokens);
        return tokens;
    }

    private static double[] Predict(ITokenTask task, int baseline, int[] tokens)
    {
        var p = new double[tokens.Length * task.Vocabulary];
        task.Predict(baseline, tokens, p);
        return p;
    }
}
