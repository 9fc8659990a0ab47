using System.Reflection;
using PublicApiGenerator;

namespace Staircase.Catalog.Tests;

/// <summary>
/// The public surface of every library is a file beside this test, so that every change to it is a visible diff. They stand here because
/// the catalog is the one library that sees all others.
/// </summary>
public sealed class PublicApiTests
{
    private const string Update = "STAIRCASE_UPDATE_API";

    [Theory]
    [InlineData("Staircase.Kernels")]
    [InlineData("Staircase")]
    [InlineData("Staircase.Transformers")]
    [InlineData("Staircase.Checkpoints")]
    [InlineData("Staircase.Lab")]
    [InlineData("Staircase.Catalog")]
    public void The_public_surface_is_the_one_on_file(string library)
    {
        string path = Path.Combine(Repository.Folder, "tests", "Staircase.Catalog.Tests", "PublicApi", $"{library}.txt");
        string actual = Surface(library);
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(path, actual);
        string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        string[] added = [.. actual.Split('\n').Except(expected.Split('\n'), StringComparer.Ordinal)];
        string[] removed = [.. expected.Split('\n').Except(actual.Split('\n'), StringComparer.Ordinal)];
        Assert.True(
            expected == actual,
            $"The public API of {library} changed; if that is meant, run this test with {Update}=1 and commit {library}.txt.\n"
                + $"Added:\n{string.Join('\n', added)}\nRemoved:\n{string.Join('\n', removed)}");
    }

    private static string Surface(string library) => Assembly.Load(library)
        .GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false })
        .ReplaceLineEndings("\n") + "\n";
}
