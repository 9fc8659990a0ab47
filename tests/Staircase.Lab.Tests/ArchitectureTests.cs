using System.Text.RegularExpressions;

namespace Staircase.Lab.Tests;

/// <summary>docs/architecture.md, kept true.</summary>
public sealed partial class ArchitectureTests
{
    [Theory]
    [InlineData("Staircase.Kernels", "")]
    [InlineData("Staircase", "Staircase.Kernels")]
    [InlineData("Staircase.Checkpoints", "Staircase Staircase.Kernels")]
    [InlineData("Staircase.Transformers", "Staircase Staircase.Kernels")]
    [InlineData("Staircase.Lab", "Staircase Staircase.Checkpoints Staircase.Kernels Staircase.Transformers")]
    [InlineData("Staircase.Catalog", "Staircase.Checkpoints Staircase.Lab")]
    [InlineData("Staircase.Cli", "Staircase.Catalog Staircase.Lab")]
    [InlineData("Staircase.Native", "Staircase.Kernels Staircase.Lab")]
    [InlineData("Staircase.Browser", "Staircase.Lab")]
    public void References_point_one_way(string project, string allowed)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Folder, "src", project, $"{project}.csproj"));
        string[] references = [.. Reference().Matches(text).Select(match => match.Groups["name"].Value)];
        Assert.Empty(references.Except(allowed.Split(' '), StringComparer.Ordinal));
    }

    /// <summary>What is for all kinds names none of them; the list of kinds does.</summary>
    [Theory]
    [InlineData("Staircase.Lab/Experiments")]
    [InlineData("Staircase.Lab/Runs")]
    [InlineData("Staircase.Lab/Reports")]
    [InlineData("Staircase.Cli")]
    public void What_serves_all_kinds_names_none(string folder)
    {
        foreach (string file in Sources(folder).Where(file => Path.GetFileName(file) != "ExperimentKinds.cs"))
        {
            string code = Comment().Replace(File.ReadAllText(file), "");
            Assert.False(OfAKind().IsMatch(code), $"{file} names a kind: {OfAKind().Match(code).Value}");
        }
    }

    /// <summary>Registries are lists: everything can be compiled ahead of time.</summary>
    [Fact]
    public void Nothing_is_looked_up_by_reflection()
    {
        string[] looking =
            ["GetTypes(", "GetExportedTypes(", "Activator.", "GetProperties(", "MakeGeneric", "JsonSerializer.Serialize(value"];
        foreach (string file in Sources(""))
        {
            string code = File.ReadAllText(file);
            Assert.All(looking, word => Assert.False(code.Contains(word, StringComparison.Ordinal), $"{file} has '{word}'."));
        }
    }

    private static IEnumerable<string> Sources(string folder) => Directory
        .EnumerateFiles(Path.Combine(Repository.Folder, "src", folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex("ProjectReference Include=\"[^\"]*?/(?<name>[\\w.]+)\\.csproj\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Reference();

    [GeneratedRegex("//[^\n]*", RegexOptions.None, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex("\\b(Regression|Vector|Modular|Token)(Experiment|Study|Findings|Training)\\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OfAKind();
}
