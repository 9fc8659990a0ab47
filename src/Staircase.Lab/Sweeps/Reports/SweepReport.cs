using MathNet.Numerics.Statistics;

namespace Staircase.Lab;

/// <summary>
/// Every number that a sweep collects against every key that it varies: seeds as points with their mean and its interval, theory as a
/// function of the key beside it, the fitted slope of both, phase diagrams of two keys, and the runs that stand apart.
/// </summary>
internal static class SweepReport
{
    /// <summary>Places that differ by this factor, and numbers that do, are drawn on logarithmic axes.</summary>
    private const double SpreadOfPlaces = 4, SpreadOfNumbers = 10;

    /// <summary>More panels, and more rows, nobody looks at one by one.</summary>
    private const int MostPanels = 12, MostRows = 2000;

    /// <summary>A run stands apart that is so many times as far from the median of its setting as half of its runs are.</summary>
    private const double Apart = 10;

    /// <summary>Of fewer runs nobody can say which stands apart.</summary>
    private const int LeastSeeds = 5;

    /// <summary>The part of a report that shows a sweep.</summary>
    public static ReportSection Of(SweepRows rows)
    {
        int outliers = Outliers(rows).Select(found => found.Row).Distinct().Count();
        return new()
        {
            Id = "sweep",
            Title = "Sweep",
            Lead = $"{Whole(rows.All.Count)} tasks over "
                + $"{string.Join(" × ", rows.Spec.Axes.Select(axis => string.Join(" with ", axis.Keys)))}.",
            Plots = [.. rows.Measured.SelectMany(name => rows.NumericAxes.SelectMany(axis => Panels(rows, name, axis)))],
            Weights = rows.NumericAxes.Count() >= 2 ? [.. PhaseDiagrams(rows)] : [],
            Tables = [.. Fits(rows), .. OutlierTable(rows), SettingTable(rows), .. RowTable(rows)],
            Settings = rows.Spec.Base.Write(),
            Notes =
            [
                "Points: runs. Lines: the mean over seeds, on a logarithmic axis that of the logarithms. "
                + "Tinted: its 95 % confidence interval. Dashed: theory.",
                .. outliers > 0 ? [$"{outliers} runs stand apart from the others of their setting: see the table of them."]
                    : (string[])[],
            ],
        };
    }

    /// <summary>
    /// The slope of a number over an axis with all other settings apart: of logarithms where both spread, else as they are; null where
    /// there is none.
    /// </summary>
    public static LineFit? Slope(SweepRows rows, string name, SweepAxis axis)
    {
        bool isPower = IsPower(rows, name, axis);
        SweepAxis[] others = [.. rows.Axes.Where(other => other != axis)];
        return LineFit.Of(rows.All.Select(row => (
            Scaled(row.Place(axis), isPower), Scaled(row[name], isPower), row.Setting(others))));
    }

    private static double Scaled(double number, bool isLogarithmic) => isLogarithmic ? Log(number) : number;

    private static double Back(double number, bool isLogarithmic) => isLogarithmic ? Exp(number) : number;

    private static bool AreFarApart(SweepRows rows, SweepAxis axis) =>
        SweepRows.IsLogarithmic(rows.All.Select(row => row.Place(axis)), SpreadOfPlaces);

    private static bool IsPower(SweepRows rows, string name, SweepAxis axis) =>
        AreFarApart(rows, axis)
        && SweepRows.IsLogarithmic(rows.All.Select(row => row[name]), 1);

    /// <summary>A number against a key: colours for the settings of a second axis, a panel for each setting of the others.</summary>
    private static IEnumerable<Plot> Panels(SweepRows rows, string name, SweepAxis axis)
    {
        SweepAxis[] others = [.. rows.Axes.Where(other => other != axis)];
        var panels = rows.All.GroupBy(row => row.Setting(others.Skip(1))).Take(MostPanels).ToArray();
        bool x = AreFarApart(rows, axis);
        bool y = SweepRows.IsLogarithmic(rows.All.Select(row => row[name]), SpreadOfNumbers);
        return panels.Select((panel, i) => new Plot
        {
            Id = $"{IdOf(name)}-{axis.Keys[0]}{(panels.Length > 1 ? $"-{i + 1}" : "")}",
            Title = $"{name} against {axis.Keys[0]}{(panel.Key.Length > 0 ? $", {panel.Key}" : "")}",
            X = new(string.Join(", ", axis.Keys), x),
            Y = new(name, y),
            Caption = Caption(rows, name, axis),
            Series =
            [
                .. panel.GroupBy(row => row.Setting(others.Take(1)))
                    .SelectMany((setting, colour) => Curves(rows, name, axis, y, setting.Key, [.. setting], colour)),
            ],
        });
    }

    private static IEnumerable<Series> Curves(
        SweepRows rows, string name, SweepAxis axis, bool isLogarithmic, string setting, IReadOnlyList<SweepRow> of, int colour)
    {
        SweepRow[] known = [.. of.Where(row => double.IsFinite(row[name])).OrderBy(row => row.Place(axis))];
        string label = setting.Length > 0 ? setting : name;
        (double Place, double Mean, double Low, double High)[] means = Means(known, name, axis, isLogarithmic);
        double[] places = [.. means.Select(mean => mean.Place)];
        if (means.Any(mean => double.IsFinite(mean.Low)))
        {
            yield return Series.Band(
                $"{label}: interval", places, [.. means.Select(mean => mean.Low)], [.. means.Select(mean => mean.High)], colour);
        }

        yield return Series.Measured($"{label}: mean", places, means.Select(mean => mean.Mean), colour);
        yield return Series.Points($"{label}: runs", known, row => row.Place(axis), row => row[name], colour);
        if (!rows.Spec.Theory.TryGetValue(name, out string? theory))
            yield break;
        SweepRow[] predicted = [.. of.Where(row => double.IsFinite(row[theory])).OrderBy(row => row.Place(axis))];
        var expected = Means(predicted, theory, axis, isLogarithmic);
        yield return Series.Predicted($"{label}: theory", expected.Select(mean => mean.Place), expected.Select(mean => mean.Mean), colour);
    }

    private static (double Place, double Mean, double Low, double High)[] Means(
        IReadOnlyList<SweepRow> rows, string name, SweepAxis axis, bool isLogarithmic) =>
    [
        .. rows.GroupBy(row => row.Place(axis)).Select(place =>
        {
            (double mean, double halfWidth) = LineFit.MeanOf([.. place.Select(row => Scaled(row[name], isLogarithmic))]);
            return (
                place.Key, Back(mean, isLogarithmic), Back(mean - halfWidth, isLogarithmic), Back(mean + halfWidth, isLogarithmic));
        }),
    ];

    private static string Caption(SweepRows rows, string name, SweepAxis axis)
    {
        if (Slope(rows, name, axis) is not { } slope)
            return "";
        string how = IsPower(rows, name, axis) ? "Fitted power" : "Fitted slope";
        return $"{how} (95 % interval): {slope}{(TheorySlope(rows, name, axis) is { } theory ? $"; theory {theory}" : "")}.";
    }

    private static LineFit? TheorySlope(SweepRows rows, string name, SweepAxis axis) =>
        rows.Spec.Theory.TryGetValue(name, out string? theory) ? Slope(rows, theory, axis) : null;

    /// <summary>The mean of each number over two axes; the other axes are averaged over.</summary>
    private static IEnumerable<WeightMaps> PhaseDiagrams(SweepRows rows)
    {
        SweepAxis[] axes = [.. rows.NumericAxes.Take(2)];
        ILookup<(double, double), SweepRow> at = rows.All.ToLookup(row => (row.Place(axes[0]), row.Place(axes[1])));
        double[][] places = [.. axes.Select(axis => rows.All.Select(row => row.Place(axis)).Distinct().Order().ToArray())];
        foreach (string name in rows.Measured)
        {
            bool isLogarithmic = SweepRows.IsLogarithmic(rows.All.Select(row => row[name]), SpreadOfNumbers);
            double[] values =
            [
                .. places[0].SelectMany(row => places[1].Select(column => at[(row, column)]
                    .Select(one => isLogarithmic ? Log10(one[name]) : one[name]).Where(double.IsFinite)
                    .DefaultIfEmpty(double.NaN).Average())),
            ];
            double[] finite = [.. values.Where(double.IsFinite)];
            if (finite.Length == 0)
                continue;
            yield return new()
            {
                Id = $"{IdOf(name)}-map",
                Title = $"{name} over {axes[0].Keys[0]} (down) and {axes[1].Keys[0]} (across)",
                Caption = $"{(isLogarithmic ? "Logarithm to base 10; the" : "The")} mean over everything else that varies.",
                Frames = [new(0, null, double.NaN, null)],
                Maps =
                [
                    new(isLogarithmic ? $"log10 {name}" : name, [.. places[0].Select(place => $"{axes[0].Keys[0]} {Number(place)}")],
                        [.. places[1].Select(place => $"{axes[1].Keys[0]} {Number(place)}")], values, (finite.Min() + finite.Max()) / 2),
                ],
            };
        }
    }

    private static IEnumerable<Table> Fits(SweepRows rows)
    {
        (string Name, SweepAxis Axis, LineFit Fit)[] fits =
        [
            .. rows.Measured.SelectMany(name => rows.NumericAxes.Select(axis => (name, axis, Fit: Slope(rows, name, axis))))
                .Where(found => found.Fit is not null).Select(found => (found.name, found.axis, found.Fit!)),
        ];
        if (fits.Length == 0)
            return [];
        return
        [
            Table.Of(
                "Slopes: a common one, with an intercept for every other setting; with 95 % confidence intervals",
                ["number", "key", "of", "measured", "theory", "points"], fits, found =>
                [
                    found.Name, found.Axis.Keys[0], IsPower(rows, found.Name, found.Axis) ? "logarithms" : "numbers", $"{found.Fit}",
                    TheorySlope(rows, found.Name, found.Axis)?.ToString() ?? "—", $"{found.Fit.Points}",
                ]),
        ];
    }

    private static IEnumerable<(SweepRow Row, string Name, double Median)> Outliers(SweepRows rows) =>
        from setting in rows.Settings
        from name in rows.Measured.Where(name => name != "seconds")
        let known = setting.Where(row => double.IsFinite(row[name])).ToArray()
        where known.Length >= LeastSeeds
        let median = known.Select(row => row[name]).Median()
        let usual = known.Select(row => Abs(row[name] - median)).Median()
        from row in known
        where usual > 0 && Abs(row[name] - median) > Apart * usual
        select (row, name, median);

    private static IEnumerable<Table> OutlierTable(SweepRows rows)
    {
        (SweepRow Row, string Name, double Median)[] found = [.. Outliers(rows)];
        return found.Length == 0 ? [] :
        [
            Table.Of(
                $"Runs that stand apart: more than {Apart} times as far from the median of their setting as half of its runs",
                ["task", .. rows.Spec.Keys, "number", "value", "median of the setting"], found,
                one => [one.Row.Task.Id, .. rows.Spec.Keys.Select(one.Row.Value), one.Name, Number(one.Row[one.Name]), Number(one.Median)]),
        ];
    }

    private static Table SettingTable(SweepRows rows) => Table.Of(
        "Settings: means over seeds, with 95 % confidence intervals",
        [.. rows.Axes.SelectMany(axis => axis.Keys), "runs", .. rows.Spec.Collect], rows.Settings.Take(MostRows),
        setting =>
        [
            .. rows.Axes.SelectMany(axis => axis.Keys).Select(key => setting.First().Value(key)), $"{setting.Count()}",
            .. rows.Spec.Collect.Select(name => Mean([.. setting.Select(row => row[name]).Where(double.IsFinite)])),
        ]);

    private static IEnumerable<Table> RowTable(SweepRows rows) => rows.Settings.Count() == rows.All.Count ? [] :
    [
        Table.Of(
            rows.All.Count > MostRows ? $"Runs, the first {Whole(MostRows)}; 'staircase sweep gather' writes all" : "Runs",
            ["task", .. rows.Spec.Keys, .. rows.Spec.Collect], rows.All.Take(MostRows),
            row => [row.Task.Id, .. rows.Spec.Keys.Select(row.Value), .. rows.Spec.Collect.Select(name => Number(row[name]))]),
    ];

    private static string Mean(IReadOnlyList<double> numbers)
    {
        if (numbers.Count == 0)
            return Number(null);
        (double mean, double halfWidth) = LineFit.MeanOf(numbers);
        return double.IsFinite(halfWidth) && halfWidth > 0 ? $"{Number(mean)} ± {Number(halfWidth, digits: 2)}" : Number(mean);
    }
}
