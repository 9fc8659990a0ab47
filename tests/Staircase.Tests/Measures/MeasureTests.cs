namespace Staircase.Tests.Measures;

/// <summary>Every measure says what it is.</summary>
public class MeasureTests
{
    public static TheoryData<string> Names => [.. Measure.All.Select(measure => measure.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_measure_has_all_its_fields_and_is_documented(string name)
    {
        Measure measure = Measure.All.Single(m => m.Name == name);

        Assert.All(
            (string[])[measure.Name, measure.Symbol, measure.Formula, measure.Range, measure.Source],
            text => Assert.False(string.IsNullOrWhiteSpace(text), $"'{name}' lacks a field"));
        string page = File.ReadAllText(Path.Combine(Repository.Folder, "docs", "theory", "measures.md"));
        Assert.Contains(name, page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Names_are_unique() =>
        Assert.Equal(Measure.All.Count, Measure.All.Select(measure => measure.Name).Distinct(StringComparer.Ordinal).Count());

    /// <summary>A class of measures without a description would be missing from reports.</summary>
    [Theory]
    [InlineData(typeof(AttentionMaps), 3)]
    [InlineData(typeof(Balancedness), 1)]
    [InlineData(typeof(CriticalSlowing), 2)]
    [InlineData(typeof(EffectiveRank), 2)]
    [InlineData(typeof(LossAutocovariance), 1)]
    [InlineData(typeof(LossSlope), 2)]
    [InlineData(typeof(Marginalization), 3)]
    [InlineData(typeof(NormCurvature), 1)]
    [InlineData(typeof(ParticipationRatio), 1)]
    [InlineData(typeof(PrincipalAngles), 3)]
    [InlineData(typeof(SpectralEdge), 1)]
    [InlineData(typeof(StableRank), 1)]
    [InlineData(typeof(SubspaceDistance), 2)]
    public void A_class_describes_its_measures(Type type, int count)
    {
        Measure[] own = [.. type.GetProperties()
            .Where(property => property.PropertyType == typeof(Measure)).Select(property => (Measure)property.GetValue(null)!)];

        Assert.Equal(count, own.Length);
        Assert.All(own, measure => Assert.Contains(measure, Measure.All));
    }
}
