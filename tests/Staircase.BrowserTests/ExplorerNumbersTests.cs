using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Staircase.Lab;

namespace Staircase.BrowserTests;

/// <summary>What the page computes is what the command line computes.</summary>
public sealed partial class ExplorerNumbersTests(Browser browser)
{
    /// <summary>The same sums in another order, and an exponential function of another library.</summary>
    private const double Rounding = 1e-12;

    /// <summary>
    /// Times of drops magnify rounding where little decides a race: of 36 settings drawn elsewhere half agreed to 2e-13 and the worst to
    /// 2e-7, and at the same settings the command line without AVX2, whose sums have another order, differed from itself by as much (half
    /// to 3e-13, the worst by 4e-7). So most must agree as all else does, and all to what the worst takes.
    /// </summary>
    private const double Magnified = 1e-5;

    /// <summary>Of a flow's losses: its solver's steps are chosen to a tolerance of 1e-7 a step.</summary>
    private const double OtherSteps = 1e-5;

    /// <summary>The ends of an interval, in parts of it: they are spreads of coarse races.</summary>
    private const double OfAnInterval = 0.02;

    private const int Settings = 50, Flows = 10, Seed = 20261128;

    [Fact]
    public async Task Predictions_of_random_settings_agree()
    {
        var random = new Random(Seed);
        var errors = new List<double>();
        await using OpenExplorer explorer = await browser.ExploreAsync("#curve");
        for (int i = 0; i < Settings; i++)
        {
            Dictionary<string, string> setting = Drawn(random);
            string what = string.Join(' ', setting.Select(pair => $"--{pair.Key} {pair.Value}"));
            JsonObject? here = null;
            string? complaint = null;
            Study study = Study(setting);
            try
            {
                here = JsonNode.Parse(Json.Text(study.Predict(check: false).Data))!.AsObject(); // as --json prints it
            }
            catch (InputException exception)
            {
                complaint = exception.Message;
            }

            JsonObject there = await explorer.AskAsync("Findings", setting);
            Assert.Equal(complaint, (string?)there["error"]);
            if (here is not null)
            {
                SamePrediction(
                    here["prediction"]!, there["data"]!["prediction"]!, ((RegressionStudy)study).Moments!, what, errors);
            }
        }

        errors.Sort();
        Assert.True(errors[errors.Count / 2] <= Rounding, $"The median of the times' differences is {errors[errors.Count / 2]:G2}.");
    }

    [Fact]
    public async Task Flows_of_random_settings_agree()
    {
        var random = new Random(Seed + 1);
        await using OpenExplorer explorer = await browser.ExploreAsync("#curve");
        for (int i = 0; i < Flows; i++)
        {
            Dictionary<string, string> setting = Drawn(random, most: 4);
            string what = string.Join(' ', setting.Select(pair => $"--{pair.Key} {pair.Value}"));
            double end = double.Parse(Study(setting).WithEnd().Settings["until"], CultureInfo.InvariantCulture);
            foreach (double share in new[] { 0.25, 0.5, 1 })
            {
                setting["until"] = (share * end).ToString("R", CultureInfo.InvariantCulture);
                Trajectory here = Trainer.Train(Study(setting), new RunMemory()).Trajectory;
                (double time, double loss) = await LastOfFlowAsync(explorer, setting);
                Close(here.Times![^1], time, Rounding, $"{what}: the end");
                Close(here.Losses[^1], loss, OtherSteps * here.Losses[0] / here.Losses[^1], $"{what}: the loss at time {time:R}");
            }
        }
    }

    private static async Task<(double Time, double Loss)> LastOfFlowAsync(OpenExplorer explorer, Dictionary<string, string> setting)
    {
        JsonObject opening = await explorer.AskAsync("Begin", setting);
        Assert.True(opening["error"] is null, $"{opening["error"]}");
        while (true)
        {
            JsonObject rows = await explorer.AskAsync("Advance", (int)opening["run"]!);
            if ((bool)rows["finished"]!)
                return ((double)rows["times"]!.AsArray()[^1]!, (double)rows["rows"]![0]!.AsArray()[^1]!);
        }
    }

    /// <summary>The methods that the page's code declares are those that the engine exports, with as many arguments.</summary>
    [Fact]
    public void The_page_and_the_engine_have_the_same_methods()
    {
        string engine = Source("src", "Staircase.Browser", "Engine.cs"), page = Source("web", "src", "explorer", "engine.ts");
        string body = page[page.IndexOf("export interface Engine {", StringComparison.Ordinal)..];
        string[] declared =
            [.. Declared().Matches(body[..body.IndexOf("\n}", StringComparison.Ordinal)]).Select(Signature).Order(StringComparer.Ordinal)];
        string[] exported =
            [.. Exported().Matches(engine).Select(Signature).Where(method => method != "Numbers/0").Order(StringComparer.Ordinal)];
        Assert.NotEmpty(exported);
        Assert.Equal(exported, declared);

        static string Signature(Match match) =>
            $"{match.Groups["name"].Value}/{match.Groups["arguments"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries).Length}";
    }

    private static Study Study(Dictionary<string, string> setting) => new ExperimentWords(
        ExperimentKinds.Default, IsWhole: true,
        [.. setting.Where(pair => pair.Key != "kind").Select(pair => new ExperimentWord(pair.Key, pair.Value, null))])
        .Experiment().Prepare();

    private static Dictionary<string, string> Drawn(Random random, int most = 6)
    {
        int dimension = random.Next(1, most + 1);
        string Number(double x) => x.ToString("G4", CultureInfo.InvariantCulture);
        bool isMerged = random.Next(4) == 0;
        var setting = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["kind"] = "regression",
            ["trace"] = "none",
            ["spectrum"] = string.Join(',', Enumerable.Range(0, dimension).Select(_ => Number(0.05 + 0.5 * random.NextDouble())))
                + (dimension == 1 ? "," : ""),
            ["context"] = $"{random.Next(2, 100)}",
            ["attention"] = isMerged ? "merged" : "separate",
            ["heads"] = $"{random.Next(1, dimension + 3)}",
            ["init"] = Number(Math.Pow(10, -1 - 2.5 * random.NextDouble())),
            ["noise"] = random.Next(3) == 0 ? Number(random.NextDouble()) : "0",
            ["seed"] = $"{random.Next(100_000)}",
        };
        if (dimension == 1)
            (setting["spectrum"], setting["dim"]) = ("white", "1");
        if (!isMerged && random.Next(3) == 0)
            setting["rank"] = $"{random.Next(1, dimension + 1)}";
        return setting;
    }

    /// <summary>
    /// The same to rounding, but for times, whose differences are collected, and for heights that are read off the course at a time, as
    /// where nearly equal components are half turned. Where the curve is drawn follows the steps of a solver, and is not compared.
    /// </summary>
    private static void SamePrediction(JsonNode here, JsonNode there, ModeMoments moments, string what, List<double> errors)
    {
        JsonArray drops = here["drops"]!.AsArray(), others = there["drops"]!.AsArray();
        Assert.True(drops.Count == others.Count, $"{what}: {drops.Count} drops, and {others.Count} in the page");
        for (int i = 0; i < drops.Count; i++)
        {
            JsonNode drop = drops[i]!, other = others[i]!;
            double time = (double)drop["time"]!, width = Width(drop); // infinite where the drop may not come
            Close(time, (double)other["time"]!, Magnified, $"{what}: time of drop {i + 1}");
            errors.Add(Math.Abs(time - (double)other["time"]!) / time);
            if (double.IsFinite(width) && width > 0)
                Close((double)drop["low"]!, (double)other["low"]!, Rounding + OfAnInterval * width / (double)drop["low"]!,
                    $"{what}: interval of drop {i + 1}");
            Same(Without(drop, "time", "low", "high", "doubt", "nearTie"), Without(other, "time", "low", "high", "doubt", "nearTie"),
                Rounding, $"{what}: drop {i + 1}");
        }

        for (int i = 0; i <= drops.Count; i++)
        {
            JsonNode plateau = here["plateaus"]![i]!, other = there["plateaus"]![i]!;
            double height = (double)plateau["loss"]!;
            double closed = moments.PlateauHeight([.. plateau["learned"]!.AsArray().Select(component => (int)component! - 1)]);
            Close(
                height, (double)other["loss"]!, Math.Abs(height - closed) <= Rounding * closed ? Rounding : Magnified,
                $"{what}: plateau {i + 1}");
            Same(
                Without(plateau, "start", "end", "loss"), Without(other, "start", "end", "loss"), Rounding, $"{what}: plateau {i + 1}");
        }

        Same(here["results"], there["results"], Rounding, what);

        static double Width(JsonNode drop) => drop["high"] is JsonValue high && high.GetValueKind() == System.Text.Json.JsonValueKind.Number
            ? (double)high - (double)drop["low"]! : double.PositiveInfinity;

        static JsonObject Without(JsonNode node, params string[] keys)
        {
            JsonObject copy = node.DeepClone().AsObject();
            foreach (string key in keys)
                copy.Remove(key);
            return copy;
        }
    }

    private static void Same(JsonNode? here, JsonNode? there, double tolerance, string what)
    {
        switch (here)
        {
            case JsonObject members:
                Assert.Equal(members.Select(member => member.Key), there!.AsObject().Select(member => member.Key), StringComparer.Ordinal);
                foreach ((string key, JsonNode? value) in members)
                    Same(value, there[key], tolerance, $"{what}: {key}");
                break;
            case JsonArray list:
                Assert.Equal(list.Count, there!.AsArray().Count);
                for (int i = 0; i < list.Count; i++)
                    Same(list[i], there[i], tolerance, $"{what} {i}");
                break;
            case JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number:
                Close((double)value, (double)there!, tolerance, what);
                break;
            default:
                Assert.Equal(here?.ToJsonString(), there?.ToJsonString());
                break;
        }
    }

    private static void Close(double here, double there, double tolerance, string what)
    {
        double error = Math.Abs(here - there) / Math.Max(Math.Abs(here), 1e-300);
        Assert.True(
            here == there || error <= tolerance, $"{what}: {here:R} here and {there:R} in the page, a relative difference of {error:G2}");
    }

    private static string Source(params string[] path) => File.ReadAllText(Path.Combine([Repository.Folder, .. path]));

    [GeneratedRegex(@"^  (?<name>\w+)\((?<arguments>[^)]*)\)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Declared();

    [GeneratedRegex(
        @"\[JSExport\]\s*(\[return:[^\]]*\]\]?\s*)?internal static \S+ (?<name>\w+)\((?<arguments>[^)]*)\)",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Exported();
}
