namespace Staircase.Tests;

/// <summary>Every result can be cited: it says what it states, where it comes from, when it holds and what it leaves out.</summary>
public class ResultTests
{
    public static TheoryData<string> Names => [.. Result.All.Select(result => result.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_result_has_all_its_fields(string name)
    {
        Result result = Result.All.Single(r => r.Name == name);
        (string Field, string Text)[] fields =
        [
            ("name", result.Name), ("statement", result.Statement), ("where", result.Where), ("holds when", result.HoldsWhen),
            ("not modelled", result.NotModelled), ("key", result.Paper.Key), ("citation", result.Paper.Citation),
            ("BibTeX", result.Paper.BibTeX),
        ];
        foreach ((string field, string text) in fields)
            Assert.False(string.IsNullOrWhiteSpace(text), $"result '{name}' has no {field}");
        Assert.Contains(result.Paper.Key + ",", result.Paper.BibTeX, StringComparison.Ordinal);
        Assert.True(name.All(c => c is >= 'a' and <= 'z' or '-'), $"expected lower-case letters and hyphens in the name '{name}'");
        Assert.EndsWith(".", result.Statement, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_unique_and_in_order()
    {
        string[] names = [.. Result.All.Select(result => result.Name)];
        Assert.Equal(string.Join('\n', names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)), string.Join('\n', names));
    }

    /// <summary>Every public class of the theory that computes one published or new result shows it.</summary>
    [Theory]
    [InlineData(typeof(ConservationLaws))]
    [InlineData(typeof(Curvature))]
    [InlineData(typeof(EscapeThreshold))]
    [InlineData(typeof(FiniteContextFixedPoint))]
    [InlineData(typeof(FiniteContextFlow))]
    [InlineData(typeof(GaussianTaskFlow))]
    [InlineData(typeof(HeadGrowth))]
    [InlineData(typeof(HeadRace))]
    [InlineData(typeof(MatrixFlow))]
    [InlineData(typeof(MergedCurve))]
    [InlineData(typeof(MergedFixedPoints))]
    [InlineData(typeof(MergedPlateau))]
    [InlineData(typeof(ModeDynamics))]
    [InlineData(typeof(ModeGrowth))]
    [InlineData(typeof(RankReduction))]
    [InlineData(typeof(SeparateFixedPoints))]
    [InlineData(typeof(WhiteTimeCourse))]
    [InlineData(typeof(ZeroBlocks))]
    public void A_class_of_the_theory_shows_its_result(Type type)
    {
        var result = type.GetProperty(nameof(Result))?.GetValue(null) as Result;
        Assert.True(result is not null, $"{type.Name} has no static property Result");
        Assert.Contains(result, Result.All);
    }

    [Fact]
    public void Predictions_name_the_results_they_rest_on()
    {
        ModeMoments moments = ModeMoments.Of(Papers.DefaultTask(2));
        foreach (AttentionModel model in (AttentionModel[])
            [new MergedAttention(2, 2), new SeparateAttention(2, 2, 1), new SeparateAttention(2, 2, 2)])
        {
            Prediction prediction = Prediction.Of(model, model.Initialize(1e-2, 1), moments);
            Assert.NotEmpty(prediction.Results);
            Assert.All(prediction.Results, result => Assert.Contains(result, Result.All));
        }
    }

    /// <summary>The list is written by hand; nothing that a type calls its result may be missing from it.</summary>
    [Fact]
    public void Every_result_of_the_library_is_listed()
    {
        string[] found =
        [
            .. typeof(Result).Assembly.GetExportedTypes().Select(type => type.GetProperty(nameof(Result))?.GetValue(null)).OfType<Result>()
                .Select(result => result.Name).Order(StringComparer.Ordinal),
        ];
        Assert.Equal(found, Result.All.Select(result => result.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    /// <summary>The same of measures.</summary>
    [Fact]
    public void Every_measure_of_the_library_is_listed()
    {
        string[] found =
        [
            .. typeof(Measure).Assembly.GetExportedTypes().SelectMany(type => type.GetProperties()).Where(
                property => property.PropertyType == typeof(Measure))
                .Select(property => ((Measure)property.GetValue(null)!).Name).Order(StringComparer.Ordinal),
        ];
        Assert.Equal(found, Measure.All.Select(measure => measure.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }
}
