namespace Staircase.Cli.Tests;

/// <summary>Whatever is wrong in an experiment file is one line with the file and the line.</summary>
[Collection(InProcess.Name)]
public sealed class YamlErrorTests
{
    [Theory]
    [InlineData("dim: 4\nspektrum: linear\n", "line 2", "unknown key 'spektrum'", "'spectrum'")]
    [InlineData("lerning-rate: 1\n", "line 1", "'learning-rate'")]
    [InlineData("dim: 4\n\nheads: many\n", "line 3", "heads must be a whole number", "many")]
    [InlineData("heads:\n", "line 1", "heads")]
    [InlineData("heads: {a: 1}\n", "line 1", "heads")]
    [InlineData("heads: [[1]]\n", "line 1", "heads")]
    [InlineData("? [a, b]\n: 1\n", "line 1", "a key must be a word")]
    [InlineData("optimizer: sgd\n", "line 1", "optimizer must be", "sgd")]
    [InlineData("whiten: yes please\n", "line 1", "whiten must be true or false")]
    [InlineData("data: sample:0\n", "line 1", "data", "sample:0")]
    [InlineData("kind: softmax\n", "line 1", "unknown kind 'softmax'")]
    [InlineData("dim: 4\ndim: 5\n", "line 2")]
    [InlineData("- dim\n- 4\n", "one mapping")]
    [InlineData("dim\n", "one mapping")]
    [InlineData("", "one mapping")]
    [InlineData("dim: 4\n---\ndim: 5\n", "one mapping")]
    [InlineData("dim: [4\n", "not YAML")]
    [InlineData("dim: \"4\n", "not YAML")]
    [InlineData("dim: *nobody\n", "not YAML")]
    [InlineData("dim: \u0001\u0000\u0007\n", "experiment.yaml")]
    [InlineData("PK\u0003\u0004\u0000\u0000", "experiment.yaml")]
    public void A_wrong_file_is_refused(string text, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("experiment.yaml", text);
        InProcess.Run("predict", path).IsRefused([path, .. mentions]);
    }

    [Fact]
    public void A_folder_is_no_experiment()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("predict", folder.Path).IsRefused(folder.Path, "cannot be read");
    }

    [Fact]
    public void A_list_in_a_file_is_a_list_of_eigenvalues()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("experiment.yaml", "kind: regression\nspectrum: [1, 2, 4]\ntrace: none\n");
        Assert.Equal(
            InProcess.Run("predict", "--spectrum", "1,2,4", "--trace", "none").Succeeded().Out,
            InProcess.Run("predict", path).Succeeded().Out);
    }
}
