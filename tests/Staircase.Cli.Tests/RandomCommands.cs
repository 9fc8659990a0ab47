using System.Globalization;

namespace Staircase.Cli.Tests;

/// <summary>Random command lines of valid and of nearly valid settings, of every kind, small enough to train in a moment.</summary>
internal static class RandomCommands
{
    /// <summary>A command line without its name and without <c>--out</c>: the command first.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="index">The number of the command.</param>
    public static string[] Draw(int seed, int index)
    {
        var random = new Random(seed * 1_000_003 + index);
        List<string> line = [random.Next(3) == 0 ? "train" : "predict"];
        switch (random.Next(10))
        {
            case 0:
                Vector(random, line);
                break;
            case 1 when random.Next(3) == 0:
                Modular(random, line);
                break;
            case 2 when random.Next(3) == 0:
                Tokens(random, line);
                break;
            default:
                Regression(random, line);
                break;
        }

        if (random.Next(3) == 0)
            line.Add("--json");
        return [.. line];
    }

    private static void Regression(Random random, List<string> line)
    {
        int D = random.Next(8) == 0 ? random.Next(6, 11) : random.Next(1, 6);
        string spectrum =
            Pick(random, "linear", "white", "linear", "power:" + Real(random, -1, 4), "geometric:" + Log(random, 1e-3, 1), "list");
        Add(line, "--spectrum", spectrum == "list" ? List(random, D, 1e-5, 3) : spectrum);
        Add(line, "--dim", D);
        Add(line, "--context", Pick(random, 1, 2, 3, 5, 31, 200));
        bool isFlow = true;
        Maybe(random, 2, () => Add(line, "--attention", Pick(random, "separate", "merged", "cubic")));
        Maybe(random, 3, () => Add(line, "--heads", random.Next(1, 8)));
        Maybe(random, 4, () => Add(line, "--rank", random.Next(1, D + 1)));
        Maybe(random, 4, () => Add(line, "--trace", Pick(random, "none", "2", Log(random, 1e-4, 1e4))));
        Maybe(random, 3, () => Add(line, "--task-covariance", Pick(random, List(random, D, 1e-4, 10), List(random, D, 0, 0))));
        Maybe(random, 4, () => Add(line, "--noise", Log(random, 1e-6, 100)));
        Maybe(random, 5, () => line.Add("--vary-context"));
        Maybe(random, 6, () => Add(line, "--in-context-fraction", Pick(random, "0", "0.5", Real(random, 0, 1))));
        Maybe(random, 2, () => Add(line, "--data", Pick(
            random, "population", "sample:" + random.Next(1, 12), "sample:" + random.Next(12, 3000), "online:" + random.Next(1, 30))));
        Maybe(random, 6, () => line.Add("--whiten"));
        Maybe(random, 6, () => line.Add("--centre"));
        Maybe(random, 6, () => Add(line, "--basis", Pick(random, "random", "eigen")));
        Maybe(random, 6, () => line.Add("--softmax"));
        Maybe(random, 6, () => Add(line, "--scale", Pick(random, "context", "tokens", "none")));
        Add(line, "--init", Pick(random, "0", "1e-3", "1e-2", Log(random, 1e-6, 10), Log(random, 1e-12, 1e12)));
        Maybe(random, 3, () => Add(line, "--init-scheme", Pick(random, "papers", "full", "layers")));
        Maybe(random, 3, () =>
        {
            isFlow = false;
            Add(line, "--optimizer", Pick(random, "gd", "momentum", "adam", "muon"));
            Add(line, "--learning-rate", Log(random, 1e-5, 10));
            Maybe(random, 3, () => Add(line, "--momentum", Real(random, 0, 1)));
            Maybe(random, 4, () => Add(line, "--weight-decay", Log(random, 1e-5, 1)));
        });
        Maybe(random, 3, () => Add(line, "--seed", random.Next(1000)));
        if (line[0] == "train")
            Add(line, isFlow && !line.Any(word => word.StartsWith("online:", StringComparison.Ordinal)) ? "--until" : "--steps",
                isFlow ? Pick(random, "1", "30", "300", Log(random, 1e-3, 1000)) : random.Next(1, 200));
    }

    private static void Vector(Random random, List<string> line)
    {
        int D = random.Next(1, 5);
        Add(line, "--kind", "vector-regression");
        Add(line, "--spectrum", Pick(random, "linear", "white", List(random, D, 1e-3, 4)));
        Add(line, "--dim", D);
        Add(line, "--context", Pick(random, 1, 2, 10, 200));
        Add(line, "--tasks",
            Pick(random, "signs", "diagonal", "gaussian", "diagonal:" + random.Next(1, 30), "gaussian:" + random.Next(1, 30)));
        Maybe(random, 2, () => Add(line, "--epoch-rate", Log(random, 1e-3, 1)));
        Maybe(random, 2, () => Add(line, "--init", Log(random, 1e-6, 1)));
        Add(line, "--epochs", random.Next(1, 40));
    }

    private static void Modular(Random random, List<string> line)
    {
        line[0] = "train";
        Add(line, "--kind", "modular-addition");
        Add(line, "--modulus", random.Next(2, 9));
        Add(line, "--hidden", random.Next(4, 17));
        Add(line, "--width", 8);
        Add(line, "--heads", Pick(random, 1, 2));
        Add(line, "--steps", random.Next(1, 30));
        Maybe(random, 2, () => Add(line, "--learning-rate", Log(random, 1e-4, 1e3)));
    }

    private static void Tokens(Random random, List<string> line)
    {
        line[0] = "train";
        Add(line, "--kind", "attention-only");
        Add(line, "--context", random.Next(4, 20));
        Add(line, "--batch", random.Next(1, 5));
        Add(line, "--width", 8);
        Add(line, "--heads", Pick(random, 1, 2));
        Add(line, "--steps", random.Next(1, 20));
        Maybe(random, 2, () => Add(line, "--learning-rate", Log(random, 1e-4, 1e3)));
    }

    private static void Maybe(Random random, int oneIn, Action add)
    {
        if (random.Next(oneIn) == 0)
            add();
    }

    private static void Add(List<string> line, string option, object value) =>
        line.AddRange([option, Convert.ToString(value, CultureInfo.InvariantCulture)!]);

    private static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];

    private static string Real(Random random, double least, double most) => Text(least + (most - least) * random.NextDouble());

    private static string Log(Random random, double least, double most) => Text(least * Math.Pow(most / least, random.NextDouble()));

    private static string List(Random random, int count, double least, double most) =>
        string.Join(
            ',', Enumerable.Range(0, count).Select(_ => random.Next(4) == 0 || most == 0 ? Text(least) : Log(random, least + 1e-9, most)));

    private static string Text(double number) => number.ToString("G4", CultureInfo.InvariantCulture);
}
