using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Staircase.Cli;
using Staircase.Lab;

namespace Staircase.BrowserTests;

/// <summary>The explorer in a real browser, opened from disk.</summary>
public sealed partial class ExplorerTests(Browser browser)
{
    private const long LargestPage = 5_000_000;

    private const string Usual = "spectrum=0.4,0.3,0.2,0.1&context=31&heads=5&init=0.01&seed=10";

    [Theory]
    [InlineData(1100, false)]
    [InlineData(360, true)]
    public async Task Opens_from_disk_and_asks_for_nothing(int width, bool isDark)
    {
        await using OpenExplorer explorer = await browser.ExploreAsync("", width, isDark);
        await explorer.SettledAsync();
        Assert.True(new FileInfo(OpenExplorer.File).Length <= LargestPage);
        Assert.Equal(2, await explorer.Page.Locator(".plot .frame .main-svg").CountAsync() / 3); // Plotly draws three layers
        Assert.Equal(5, await explorer.Page.Locator("table.plateaus tbody tr").CountAsync());
        Assert.Empty(explorer.Complaints);
        Assert.Single(explorer.Requests, address => !address.StartsWith("blob:", StringComparison.Ordinal)); // the file itself
        Assert.True(
            await explorer.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "The page scrolls sideways.");
    }

    [Fact]
    public async Task Every_page_opens()
    {
        await using OpenExplorer explorer = await browser.ExploreAsync("#vector");
        await explorer.Page.WaitForSelectorAsync("#vector-loss .trace");
        foreach (string page in new[] { "grokking", "markov", "neighbours", "curve", "linear" })
            await explorer.Page.Locator($"[data-page={page}]").ClickAsync();
        await explorer.SettledAsync();
        Assert.Empty(explorer.Complaints);
    }

    [Fact]
    public async Task A_bar_is_dragged_and_theory_follows()
    {
        await using OpenExplorer explorer = await browser.ExploreAsync($"#linear?{Usual}");
        await explorer.SettledAsync();
        string before = await HeightsAsync(explorer);
        LocatorBoundingBoxResult box = (await explorer.Page.Locator(".bar").Nth(1).BoundingBoxAsync())!;
        (float x, float y) = (box.X + box.Width / 2, box.Y + box.Height / 2);
        await explorer.Page.Mouse.MoveAsync(x, y);
        await explorer.Page.Mouse.DownAsync();
        await explorer.Page.Mouse.MoveAsync(x, y + 15, new() { Steps = 5 });
        await explorer.UntilAsync($"before => {Heights} !== before", before); // while the hand is still down
        Assert.Equal($"#linear?{Usual}", await explorer.HashAsync());
        await explorer.Page.Mouse.UpAsync();
        await explorer.SettledAsync();
        double dragged = Eigenvalues(await explorer.HashAsync())[1];
        Assert.InRange(dragged, 0.1, 0.29);
        Assert.Empty(explorer.Complaints);

        await explorer.Page.GetByRole(AriaRole.Button, new() { Name = "undo" }).ClickAsync();
        await explorer.SettledAsync();
        Assert.Equal($"#linear?{Usual}", await explorer.HashAsync());
        Assert.Equal(before, await HeightsAsync(explorer));
    }

    [Fact]
    public async Task A_bar_takes_keys_and_a_number_takes_typing()
    {
        await using OpenExplorer explorer = await browser.ExploreAsync($"#linear?{Usual}");
        await explorer.SettledAsync();
        await explorer.Page.Locator(".bar").First.FocusAsync();
        await explorer.Page.Keyboard.PressAsync("ArrowUp");
        await explorer.SettledAsync();
        Assert.Equal(0.42, Eigenvalues(await explorer.HashAsync())[0]);

        ILocator context = explorer.Page.Locator("input[name=context]");
        await context.FillAsync("10");
        await context.PressAsync("Enter");
        await explorer.SettledAsync();
        Assert.Contains("context=10&", await explorer.HashAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finger_drags_a_bar()
    {
        await using OpenExplorer explorer = await browser.ExploreAsync($"#linear?{Usual}", width: 360, hasTouch: true);
        await explorer.SettledAsync();
        LocatorBoundingBoxResult box = (await explorer.Page.Locator(".bar").Nth(2).BoundingBoxAsync())!;
        ICDPSession session = await explorer.Page.Context.NewCDPSessionAsync(explorer.Page);
        async Task Touch(string type, float? y) =>
            await session.SendAsync("Input.dispatchTouchEvent", new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["type"] = type,
                ["touchPoints"] = y is { } at ? new[] { new { x = box.X + box.Width / 2, y = at } } : [],
            });
        float middle = box.Y + box.Height / 2;
        await Touch("touchStart", middle);
        for (int i = 1; i <= 6; i++)
            await Touch("touchMove", middle - 4 * i);
        await Touch("touchEnd", null);
        await explorer.SettledAsync();
        Assert.True(Eigenvalues(await explorer.HashAsync())[2] > 0.22, await explorer.HashAsync());
    }

    [Fact]
    public async Task The_address_holds_the_state_and_the_command_and_the_code_do_the_same()
    {
        const string hash = "#linear?spectrum=0.5,0.2,0.1&context=12&heads=3&init=0.02&noise=0.1&seed=7";
        await using OpenExplorer explorer = await browser.ExploreAsync(hash);
        await explorer.SettledAsync();
        Assert.Equal("0.1", await explorer.Page.Locator("input[name=noise]").InputValueAsync());
        string shown = await HeightsAsync(explorer);
        await explorer.Page.Locator(".copy-command").ClickAsync();
        await explorer.UntilAsync("document.getElementById('copied')?.textContent.startsWith('staircase') ?? false");
        string command = await explorer.Page.Locator("#copied").TextContentAsync() ?? "";
        JsonNode printed = JsonNode.Parse(Printed([.. command.Split(' ').Skip(1), "--json"]))!;
        double[] heights = [.. printed["prediction"]!["plateaus"]!.AsArray().Select(plateau => (double)plateau!["loss"]!)];
        Assert.Equal(heights.Length, shown.Split('|').Length);
        Assert.All(
            heights.Zip(shown.Split('|')),
            pair => Assert.Equal(pair.First, double.Parse(pair.Second.Split('=')[^1], CultureInfo.InvariantCulture), 5e-6 * pair.First));

        await explorer.Page.Locator(".copy-code").ClickAsync();
        await explorer.UntilAsync("document.getElementById('copied')?.textContent.startsWith('using') ?? false");
        JsonNode run = JsonNode.Parse(await CSharpScript.RunAsync(await explorer.Page.Locator("#copied").TextContentAsync() ?? ""))!;
        Assert.True(
            JsonNode.DeepEquals(printed["prediction"], run["prediction"]), "the copied code says something else than the copied command");

        await explorer.Page.ReloadAsync();
        await explorer.SettledAsync();
        Assert.Equal(hash, await explorer.HashAsync());
        Assert.Equal(shown, await HeightsAsync(explorer));
    }

    [Fact]
    public async Task What_is_too_large_is_refused_with_a_sentence()
    {
        await using OpenExplorer explorer = await browser.ExploreAsync($"#linear?{Usual}");
        await explorer.SettledAsync();
        string spectrum = string.Join(',', Enumerable.Range(1, 64).Select(d => (1.0 / d).ToString("G3", CultureInfo.InvariantCulture)));
        await explorer.Page.EvaluateAsync("hash => { location.hash = hash }", $"#linear?spectrum={spectrum}&heads=64&context=31&init=0.01");
        await explorer.Page.WaitForSelectorAsync(".notice.failure");
        Assert.Contains("64 dimensions and 64 heads", await explorer.Notice.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("staircase train", await explorer.Notice.InnerTextAsync(), StringComparison.Ordinal);

        JsonObject wrong = await explorer.AskAsync("Predict", new Dictionary<string, string>(StringComparer.Ordinal) { ["contxt"] = "31" });
        Assert.Contains("context", (string)wrong["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_curve_that_is_dropped_is_looked_at()
    {
        var study = new RegressionExperiment { Init = 1e-3 }.Prepare().WithEnd();
        Run run = Trainer.Train(study, new RunMemory());
        string csv = "time,loss\n" + string.Concat(
            run.Trajectory.Times!.Zip(
                run.Trajectory.Losses, (t, loss) => string.Create(CultureInfo.InvariantCulture, $"{t:R},{loss:R}\n")));
        await using OpenExplorer explorer = await browser.ExploreAsync();
        await explorer.Page.EvaluateAsync(
            """
            text => {
              const data = new DataTransfer();
              data.items.add(new File([text], 'mine.csv', { type: 'text/csv' }));
              document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            }
            """, csv);
        await explorer.Page.WaitForSelectorAsync(".curve h2:has-text('mine.csv')");
        await explorer.Page.Locator(".curve input[type=text]").FillAsync("--init 0.001");
        await explorer.Page.Locator("button.compare").ClickAsync();
        await explorer.Page.WaitForSelectorAsync("text=Theory over the curve: root mean square residual");
        Assert.Empty(explorer.Complaints);

        JsonObject broken =
            await explorer.AskAsync("Compare", new Dictionary<string, string>(StringComparer.Ordinal), "mine.csv", "step;nothing\n");
        Assert.NotNull(broken["error"]);
    }

    /// <summary>The two files of a run's folder, and a ZIP file of it: setting and curve are read, and theory lies over it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_is_dropped_brings_its_setting(bool isArchive)
    {
        string folder = Directory.CreateTempSubdirectory("staircase-dropped-").FullName, run = Path.Combine(folder, "run");
        Assert.Equal(0, Application.Run(
            ["train", "--spectrum", "0.5,0.3", "--trace", "none", "--init", "0.02", "--seed", "4", "--out", run, "--json"]));
        System.IO.Compression.ZipFile.CreateFromDirectory(run, Path.Combine(folder, "run.zip"));
        string[] files = isArchive ? ["run.zip"] : ["run/run.json", "run/metrics.csv"];
        await using OpenExplorer explorer = await browser.ExploreAsync("#curve");
        await explorer.Page.EvaluateAsync(
            """
            files => {
              const data = new DataTransfer();
              for (const [name, content] of files) data.items.add(new File([Uint8Array.from(atob(content), c => c.charCodeAt(0))], name));
              document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            }
            """,
            files.Select(file => new[] { Path.GetFileName(file), Base64(Path.Combine(folder, file)) }).ToArray());
        await explorer.Page.WaitForSelectorAsync("text=Theory over the curve: root mean square residual");
        string setting = await explorer.Page.Locator(".curve input[type=text]").InputValueAsync();
        Assert.Contains("--spectrum 0.5,0.3", setting, StringComparison.Ordinal);
        Assert.Contains("--seed 4", setting, StringComparison.Ordinal);
        Assert.Empty(explorer.Complaints);
        Directory.Delete(folder, recursive: true);

        static string Base64(string path) => Convert.ToBase64String(System.IO.File.ReadAllBytes(path));
    }

    [Fact]
    public async Task What_is_drawn_is_downloaded()
    {
        await using OpenExplorer explorer = await browser.ExploreAsync($"#linear?{Usual}");
        await explorer.SettledAsync();
        foreach ((string format, string begin) in new[] { ("csv", "time"), ("svg", "<svg"), ("png", "\u0089PNG") })
        {
            IDownload file =
                await explorer.Page.RunAndWaitForDownloadAsync(() => explorer.Page.Locator($"#explorer-loss button.{format}").ClickAsync());
            Assert.Equal($"explorer-loss.{format}", file.SuggestedFilename);
            byte[] content = await System.IO.File.ReadAllBytesAsync(await file.PathAsync());
            Assert.StartsWith(begin, System.Text.Encoding.Latin1.GetString(content), StringComparison.Ordinal);
            if (format == "csv")
                Assert.Contains("gradient flow", System.Text.Encoding.UTF8.GetString(content), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("grokking")]
    [InlineData("markov")]
    public async Task A_network_is_trained_paused_looked_at_and_goes_on(string page)
    {
        await using OpenExplorer explorer = await browser.ExploreAsync($"#{page}?steps=60");
        ILocator train = explorer.Page.Locator("button.train");
        await train.ClickAsync();
        await explorer.Page.WaitForSelectorAsync($"#{page}-live-0 .trace");
        await train.ClickAsync();
        await explorer.Page.WaitForSelectorAsync(".section figure");
        if (await train.InnerTextAsync() == "go on") // it may have come to its end in between
            await train.ClickAsync();
        await explorer.Page.WaitForSelectorAsync("text=Trained 60 steps.");
        await explorer.Page.WaitForSelectorAsync(".section figure.weights input[type=range]");
        Assert.Empty(explorer.Complaints);
    }

    [Fact]
    public async Task The_tour_has_six_steps_each_a_state()
    {
        await using OpenExplorer explorer = await browser.ExploreAsync();
        await explorer.SettledAsync();
        await explorer.Page.Locator(".start-tour").ClickAsync();
        var states = new HashSet<string>(StringComparer.Ordinal);
        for (int step = 1; step <= 6; step++)
        {
            Assert.StartsWith($"{step} of 6", await explorer.Page.Locator(".tour h3").InnerTextAsync(), StringComparison.Ordinal);
            states.Add(await explorer.HashAsync());
            await explorer.Page.Locator(".tour .next").ClickAsync();
        }

        Assert.Equal(6, states.Count);
        Assert.True(await explorer.Page.Locator(".tour").IsHiddenAsync());
    }

    /// <summary>The report's own figures: what was measured stays, and theory follows the sliders to what the command line says.</summary>
    [Fact]
    public async Task A_live_report_carries_its_run_and_theory_moves_in_its_figures()
    {
        string folder = Directory.CreateTempSubdirectory("staircase-live-").FullName, run = Path.Combine(folder, "run");
        Assert.Equal(0, Application.Run(
            ["train", "--spectrum", "0.5,0.3", "--trace", "none", "--heads", "3", "--init", "0.02", "--out", run, "--json"]));
        Assert.Equal(0, Application.Run(["report", run, "--live", "--json"]));
        await using OpenExplorer explorer = await browser.ExploreAsync(new Uri(Path.Combine(run, "live.html")).AbsoluteUri);
        await explorer.SettledAsync();
        Assert.Equal("0.5", await explorer.Page.GetByLabel("Eigenvalue 1, as a number").InputValueAsync());
        Assert.NotEqual(0, await explorer.Page.Locator("[id$=-loss] .trace").CountAsync());
        string[][] before = await ColumnsAsync(explorer);

        ILocator context = explorer.Page.Locator("input[name=context]");
        await context.FillAsync("5");
        await context.PressAsync("Enter");
        await explorer.SettledAsync();
        await explorer.UntilAsync("document.querySelector('.notice').textContent.includes('not that of the run')");
        string[][] after = await ColumnsAsync(explorer);
        Assert.Equal(Column(before, "loss"), Column(after, "loss"));
        double[] shown = [.. Column(after, "predicted plateaus").Where(cell => cell != "NaN").Select(Number).Distinct()];
        JsonNode said = JsonNode.Parse(Printed(
            [
                "predict", "--no-check", "--json", "--spectrum", "0.5,0.3", "--trace", "none", "--heads", "3", "--init", "0.02",
                "--context", "5",
            ]))!;
        double[] expected = [.. said["prediction"]!["plateaus"]!.AsArray().Select(plateau => (double)plateau!["loss"]!)];
        Assert.NotEmpty(shown);
        Assert.All(shown, height => Assert.Contains(expected, plateau => Math.Abs(plateau - height) < 1e-9 * plateau));

        await explorer.Page.Locator("[data-page=linear]").ClickAsync();
        await explorer.SettledAsync();
        Assert.Contains("the run", await explorer.Page.Locator("#explorer-loss .legend").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Empty(explorer.Complaints);
        Directory.Delete(folder, recursive: true);

        static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
    }

    /// <summary>The columns of the loss figure's table, each its name and then its cells.</summary>
    private static async Task<string[][]> ColumnsAsync(OpenExplorer explorer)
    {
        IDownload file =
            await explorer.Page.RunAndWaitForDownloadAsync(() => explorer.Page.Locator("[id$=-loss] button.csv").ClickAsync());
        string[][] rows = [.. (await System.IO.File.ReadAllLinesAsync(await file.PathAsync())).Select(line => Unquoted().Split(line))];
        return [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Select(row => row[i]).ToArray())];
    }

    private static string[] Column(string[][] columns, string name) =>
        [.. columns.Single(column => column[0] == name).Skip(1).Where(cell => cell.Length > 0)];

    [Fact]
    public async Task What_a_change_moved_is_marked()
    {
        await using OpenExplorer explorer = await browser.ExploreAsync($"#linear?{Usual}");
        await explorer.SettledAsync();
        await explorer.Page.EvaluateAsync(
            """
            window.marked = [];
            new MutationObserver(changes => marked.push(...changes.map(({ target }) => target)
              .filter(cell => cell.className === 'changed').map(cell => `${cell.parentNode.rowIndex} ${cell.cellIndex}`)))
              .observe(document.querySelector('table.plateaus'), { subtree: true, attributeFilter: ['class'] });
            """);
        ILocator box = explorer.Page.GetByLabel("Eigenvalue 4, as a number");
        await box.FillAsync("0.05");
        await box.PressAsync("Enter");
        await explorer.SettledAsync();
        string[] marked = await explorer.Page.EvaluateAsync<string[]>("marked");
        Assert.Contains("1 2", marked); // the loss of the first plateau, which is the sum of all eigenvalues
        Assert.DoesNotContain(marked, cell => cell.EndsWith(" 0", StringComparison.Ordinal)); // the number of a plateau
        ILocator sum = explorer.Page.Locator("table.plateaus tbody tr").First.Locator("td").Nth(2);
        Assert.Equal("before: 1 = 1", await sum.GetAttributeAsync("title"));
    }

    [Fact]
    public async Task Every_neighbour_is_drawn_and_moves()
    {
        await using OpenExplorer explorer = await browser.ExploreAsync("#neighbours", width: 360);
        JsonArray all = (await explorer.AskAsync("Neighbours"))["neighbours"]!.AsArray();
        Assert.Equal(7, all.Count);
        foreach (JsonNode? neighbour in all)
        {
            string name = (string)neighbour!["name"]!;
            JsonNode slider = neighbour["sliders"]![0]!;
            await explorer.Page.EvaluateAsync("hash => { location.hash = hash }", $"#neighbours?of={name}");
            await explorer.Page.WaitForSelectorAsync($"#neighbour-{name} .trace");
            ILocator box = explorer.Page.Locator($"input[name={(string)slider["key"]!}]");
            string before = await explorer.Page.Locator(".result > .lead").InnerTextAsync();
            await box.FillAsync(slider["least"]!.ToJsonString());
            await box.PressAsync("Enter");
            await explorer.UntilAsync("before => document.querySelector('.result > .lead').innerText !== before", before);
            Assert.Contains($"of={name}", await explorer.HashAsync(), StringComparison.Ordinal);
        }

        Assert.Empty(explorer.Complaints);
        Assert.True(
            await explorer.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "The page scrolls sideways.");
        JsonObject wrong = await explorer.AskAsync(
            "Neighbour", new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = "large-steps", ["rate"] = "7" });
        Assert.Contains("rate", (string)wrong["error"]!, StringComparison.Ordinal);
    }

    private const string Heights =
        "[...document.querySelectorAll('table.plateaus tbody tr td:nth-child(3) annotation, table.plateaus tbody tr td:nth-child(3)')]"
        + ".filter(cell => cell.tagName === 'TD').map(cell => cell.querySelector('annotation').textContent).join('|')";

    private static Task<string> HeightsAsync(OpenExplorer explorer) => explorer.Page.EvaluateAsync<string>(Heights);

    private static double[] Eigenvalues(string hash) =>
        [.. Spectrum().Match(hash).Groups["list"].Value.Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];

    private static string Printed(string[] arguments)
    {
        TextWriter before = Console.Out;
        using var written = new StringWriter();
        Console.SetOut(written);
        try
        {
            Assert.Equal(0, Application.Run(arguments));
        }
        finally
        {
            Console.SetOut(before);
        }

        return written.ToString();
    }

    /// <summary>Commas that stand in no quotes.</summary>
    [GeneratedRegex(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Unquoted();

    [GeneratedRegex("spectrum=(?<list>[\\d.,]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Spectrum();
}
