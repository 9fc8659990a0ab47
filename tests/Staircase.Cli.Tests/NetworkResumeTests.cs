namespace Staircase.Cli.Tests;

/// <summary>Trainings of transformers that stop and go on: the same bits as without a stop.</summary>
[Collection(InProcess.Name)]
public sealed class NetworkResumeTests
{
    private const string Kept = " --record every:5 --checkpoints every:20",
        ModularAddition =
            "--kind modular-addition --modulus 7 --training-fraction 0.8 --width 8 --heads 2 --hidden 16 --learning-rate 0.01" + Kept,
        Gpt = "--kind attention-only --task repeated --vocabulary 9 --width 8 --heads 2 --hidden 12 --norm --positions absolute "
            + "--context 16 --batch 4" + Kept;

    [Theory]
    [InlineData(ModularAddition, "adam")]
    [InlineData(ModularAddition, "muon")]
    [InlineData(ModularAddition, "gd")]
    [InlineData(ModularAddition, "momentum")]
    [InlineData(Gpt, "muon")]
    public void A_run_goes_on_to_the_same_bits_whatever_the_optimizer(string experiment, string optimizer)
    {
        using var folder = new TemporaryFolder();
        string[] options = [.. experiment.Split(' '), "--optimizer", optimizer];
        InProcess.Run(["train", .. options, "--steps", "43", "--out", folder["run"]]).Succeeded();
        InProcess.Run("train", "--out", folder["run"], "--resume", "--steps", "83").Succeeded();
        InProcess.Run(["train", .. options, "--steps", "83", "--out", folder["whole"]]).Succeeded();
        AssertSame(folder, 83);
        InProcess.Run("train", "--out", folder["run"], "--resume", "--steps", "50").IsRefused("has trained to step 83", "--steps");
    }

    private static void AssertSame(TemporaryFolder folder, long end)
    {
        Assert.Equal(File.ReadAllText(folder["whole/metrics.csv"]), File.ReadAllText(folder["run/metrics.csv"]));
        foreach (string file in (string[])[$"checkpoints/step-{end:00000000}.safetensors", "resume.safetensors"])
            Assert.Equal(File.ReadAllBytes(folder[$"whole/{file}"]), File.ReadAllBytes(folder[$"run/{file}"]));
    }
}
