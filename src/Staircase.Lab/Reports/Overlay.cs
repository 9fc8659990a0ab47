namespace Staircase.Lab;

/// <summary>Lays the plots of several runs over each other: a curve a setting, and over seeds the median with a band.</summary>
/// <param name="ensembles">What is laid over each other.</param>
/// <param name="isOrdered">Whether these have an order.</param>
internal sealed class Overlay(IReadOnlyList<Ensemble> ensembles, bool isOrdered)
{
    /// <summary>Points that a curve keeps at most, closer than the pixels of a screen, so that a report of many runs stays small.</summary>
    private const int MostPoints = 1000;

    private const int MostMembers = 20; // single seeds are drawn under their median, where there are no more
    private const int MostHues = 8; // more settings than these have no hue of their own: they are one family
    private const int MostBands = 6; // more bands than these hide each other

    private readonly Dictionary<double[], int[]> _thinned = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<double[], double[]> _places = new(ReferenceEqualityComparer.Instance);

    /// <summary>How the curves are to be read.</summary>
    public string Reading
    {
        get
        {
            int most = ensembles.Max(ensemble => ensemble.Runs.Count);
            return most == 1 ? "" : $"Line: the median of the seeds; area, where there is one: {Spread.InWords(most)}. ";
        }
    }

    /// <summary>Plots that show the same of different runs, as one.</summary>
    /// <param name="plots">For each ensemble, for each of its runs: the plot, where it has it.</param>
    public Plot Of(IReadOnlyList<IReadOnlyList<Plot>> plots)
    {
        Plot[] all = [.. plots.SelectMany(list => list)];
        bool isLogarithmic = all.Any(plot => plot.X.IsLogarithmic);
        (SeriesRole Role, string Name)[] kinds =
            [.. all.SelectMany(plot => plot.Series).Select(series => (series.Role, series.Name)).Distinct()];
        int measured = kinds.Count(kind => kind.Role is SeriesRole.Measured or SeriesRole.MeasuredPoints);
        Dictionary<int, string> groups = all.SelectMany(plot => plot.Series)
            .Where(one => one is { Role: SeriesRole.Measured, Colour: not null }).DistinctBy(one => one.Colour).ToDictionary(
                one => one.Colour!.Value, one => one.Name);
        var shape = new Shape(measured == 1, measured * ensembles.Count <= MostBands, isLogarithmic);
        var series = new List<Series>();
        foreach ((SeriesRole role, string name) in kinds)
        {
            for (int e = 0; e < plots.Count; e++)
            {
                Series[] members =
                    [.. plots[e].SelectMany(plot => plot.Series.Where(one => one.Role == role && one.Name == name).Take(1))];
                if (members.Length == 0)
                    continue;
                Series first = members[0] with { Colour = members[0].Colour ?? Array.IndexOf(kinds, (role, name)) };
                string? group = shape.IsOne ? null : groups.GetValueOrDefault(first.Colour!.Value, first.Name);
                series.AddRange(Together([first, .. members[1..]], e, group, shape));
            }
        }

        bool isLeftOut = series.All(one => one.Role != SeriesRole.PredictedPlateaus)
            && kinds.Any(kind => kind.Role == SeriesRole.PredictedPlateaus);
        bool isThinned = all.SelectMany(plot => plot.Series).Any(one => one.X.Length > MostPoints);
        bool ends = plots.Any(list => list.Select(plot => plot.Series[0].X[^1]).Distinct().Skip(1).Any());
        return all[0] with
        {
            X = all[0].X with { IsLogarithmic = isLogarithmic },
            Y = all[0].Y with { IsLogarithmic = all.Any(plot => plot.Y.IsLogarithmic) },
            Caption = Reading + (isThinned ? $"A curve keeps at most {Whole(MostPoints)} of its points. " : "")
                + (ends ? "A seed that has ended keeps its last value. " : "")
                + (isLeftOut ? "Predicted plateaus of single seeds are left out. " : "") + all[0].Caption,
            Series = series,
        };
    }

    /// <param name="members">The same series of the runs of an ensemble.</param>
    /// <param name="ensemble">Which one.</param>
    /// <param name="group">What is shown together with it where several settings are to be compared.</param>
    /// <param name="shape">What the plot is like.</param>
    private IEnumerable<Series> Together(Series[] members, int ensemble, string? group, Shape shape)
    {
        Series first = members[0];
        bool isOnly = ensembles.Count == 1;
        string label = ensembles[ensemble].Label;
        Series shown = isOnly ? first : first with
        {
            Name = shape.IsOne && first.Role == SeriesRole.Measured ? label : $"{first.Name}, {label}",
            Colour = ensemble,
            Group = group,
            Family = isOrdered || ensembles.Count > MostHues || first.Role != SeriesRole.Measured ? first.Name : null,
        };
        if (members.Length == 1)
            return [Thinned(shown, shape.IsLogarithmic)];
        return first.Role switch
        {
            SeriesRole.PredictedPlateaus => [],
            SeriesRole.MeasuredPoints => [shown with { X = [.. members.SelectMany(m => m.X)], Y = [.. members.SelectMany(m => m.Y)] }],
            SeriesRole.Guide => [shown],
            _ => Median(members, shown, shape with { IsOne = shape.IsOne && isOnly }),
        };
    }

    private IEnumerable<Series> Median(Series[] members, Series shown, Shape shape)
    {
        double[] places = Places(members, shape.IsLogarithmic);
        double[][] values = [.. members.Select(member => Course.At(member.X, member.Y, places))];
        double[] low = new double[places.Length], middle = new double[places.Length], high = new double[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            var spread = Spread.Of([.. values.Select(row => row[i])]);
            (low[i], middle[i], high[i]) = (spread.Low, spread.Median, spread.High);
        }

        string family = shown.Family ?? $"{shown.Name}, median of {members.Length} seeds";
        Series median = shown with { X = places, Y = middle, Family = family };
        if (shown.Role != SeriesRole.Measured || !shape.HasBands)
            return [median];
        Series band = Series.Band($"{shown.Name}, {Spread.BandOf(members.Length)}", places, low, high, shown.Colour) with
        {
            Family = family,
            Group = shown.Group,
        };
        if (!shape.IsOne || members.Length > MostMembers)
            return [band, median];
        return
        [
            band,
            .. members.Select((member, i) => Thinned(
                member with { Name = $"{shown.Name}, run {i + 1}", Colour = shown.Colour, Family = "each seed" },
                shape.IsLogarithmic)),
            median,
        ];
    }

    private double[] Places(Series[] members, bool isLogarithmic)
    {
        double[] first = members[0].X;
        if (_places.TryGetValue(first, out double[]? known))
            return known;
        double[] all = members.All(member => member.X.AsSpan().SequenceEqual(first)) ? first
            : [.. members.SelectMany(member => member.X).Where(double.IsFinite).Distinct().Order()];
        return _places[first] = [.. Course.Spread(all, MostPoints, isLogarithmic).Select(i => all[i])];
    }

    private Series Thinned(Series series, bool isLogarithmic)
    {
        if (series.X.Length <= MostPoints || series.X.Any(double.IsNaN))
            return series;
        if (!_thinned.TryGetValue(series.X, out int[]? kept))
            _thinned[series.X] = kept = Course.Spread(series.X, MostPoints, isLogarithmic);
        if (!_places.TryGetValue(series.X, out double[]? places) || places.Length != kept.Length)
            _places[series.X] = places = [.. kept.Select(i => series.X[i])];
        return series with { X = places, Y = [.. kept.Select(i => series.Y[i])] };
    }

    /// <param name="IsOne">Whether one thing is measured, as the loss, of which there is room for every seed.</param>
    /// <param name="HasBands">Whether so few curves are drawn that each can have its band.</param>
    /// <param name="IsLogarithmic">How the horizontal axis is drawn.</param>
    private readonly record struct Shape(bool IsOne, bool HasBands, bool IsLogarithmic);
}
