namespace Staircase.Cli.Tests;

/// <summary>Whatever is wrong on a command line is one line that says so.</summary>
[Collection(InProcess.Name)]
public sealed class OptionErrorTests
{
    [Theory]
    [InlineData("predict --spektrum linear", "unknown option '--spektrum'", "'--spectrum'")]
    [InlineData("predict --spektrum=linear", "unknown option '--spektrum'", "'--spectrum'")]
    [InlineData("train --seeds 1..3 --seed 4", "those of an ensemble", "give one of them")]
    [InlineData("train --dmi 4", "unknown option '--dmi'", "'--dim'")]
    [InlineData("train --hedas=4 --json", "unknown option '--hedas'", "'--heads'")]
    [InlineData("train -dim 4", "unknown option '-dim'", "'--dim'")]
    [InlineData("train --until 5 --lerning-rate 1", "unknown option '--lerning-rate'", "'--learning-rate'")]
    [InlineData("compare runs/x --jsn", "unknown option '--jsn'", "'--json'")]
    [InlineData("cite --jsno", "unknown option '--jsno'", "'--json'")]
    [InlineData("export --uot x.npz", "unknown option '--uot'", "'--out'")]
    [InlineData("--dim 4 predict", "'--dim'", "behind the command", "staircase predict --dim")]
    [InlineData("--dim 4", "unknown option '--dim' of 'staircase'")]
    [InlineData("trian --dim 4", "unknown command 'trian'", "'train'")]
    [InlineData("perdict", "unknown command 'perdict'", "'predict'")]
    [InlineData("", "command")]
    [InlineData("predict --dim", "--dim")]
    [InlineData("predict --spectrum --dim 4", "--spectrum", "needs a value", "--dim")]
    [InlineData("predict --dim --heads 3", "--dim", "needs a value", "--heads")]
    [InlineData("train --out", "--out")]
    [InlineData("export", "--out")]
    [InlineData("compare", "compare")]
    [InlineData("predict a.yaml b.yaml", "b.yaml")]
    [InlineData("compare a b", "'b'")]
    [InlineData("predict --dim 4 --dim 5", "--dim")]
    [InlineData("predict --json=maybe", "maybe")]
    [InlineData("predict --whiten=perhaps", "--whiten", "perhaps")]
    [InlineData("predict no-such.yaml", "no-such.yaml")]
    public void A_wrong_command_line_is_refused(string line, params string[] mentions) => Refused(line, mentions);

    [Theory]
    [InlineData("heads", "0", "-3", "x", "1.5", "2000000000", "99999999999")]
    [InlineData("rank", "0", "-1", "x", "5", "2000000000")]
    [InlineData("dim", "0", "-4", "four", "100000", "2147483647", "9999999999999999999")]
    [InlineData("context", "0", "-31", "x", "")]
    [InlineData("steps", "0", "-1", "many", "1e3")]
    [InlineData("until", "0", "-1", "soon", "nan", "inf")]
    [InlineData("data", "sample:0", "sample:-5", "sample:", "sample", "online:-1", "online:x", "online:0", "nothing", "")]
    [InlineData("learning-rate", "0", "-0.1", "x", "nan")]
    [InlineData("init", "-1", "x", "inf", "-inf")]
    [InlineData("noise", "-1", "x", "nan")]
    [InlineData("in-context-fraction", "2", "-0.5", "x")]
    [InlineData("momentum", "1", "-0.1", "x")]
    [InlineData("tolerance", "0", "-1", "1", "x")]
    [InlineData("trace", "0", "-1", "x", "nan")]
    [InlineData("seed", "-1", "x", "1.5", "18446744073709551616")]
    [InlineData("data-seed", "-1", "x")]
    [InlineData("init-seed", "-1", "x")]
    [InlineData("record", "every:0", "log:-1", "every", "often", "every:x")]
    [InlineData("checkpoints", "every:0", "sometimes")]
    [InlineData("attention", "seperate", "Merged", "")]
    [InlineData("optimizer", "sgd", "")]
    [InlineData("scale", "n")]
    [InlineData("init-scheme", "paper")]
    [InlineData("basis", "x")]
    [InlineData("spectrum", "banana", "power", "power:x", "geometric:2", "geometric:0", "linear:2", "")]
    [InlineData("spectrum", "1,x", "1,-1", "1,2,3", "0,1,2,3", "nan,1,1,1")]
    [InlineData("task-covariance", "1,2", "1,2,3,-1", "1,2,3,x", "1,1,1,nan", "")]
    public void A_wrong_value_is_refused_and_named(string option, params string[] values)
    {
        foreach (string value in values)
        {
            Outcome outcome = InProcess.Run("predict", "--dim", "4", $"--{option}={value}");
            if (option == "dim")
                outcome = InProcess.Run("predict", $"--dim={value}");
            outcome.IsRefused();
            string other = option switch
            {
                "record" or "checkpoints" => "schedule",
                "dim" => "dimension",
                "spectrum" => "eigenvalue",
                _ => option,
            };
            string[] words = [option, .. option.Split('-'), other];
            Assert.True(
                words.Any(word => outcome.Error.Contains(word, StringComparison.OrdinalIgnoreCase)), $"--{option} {value}: {outcome}");
        }
    }

    [Theory]
    [InlineData("train --optimizer gd --until 5", "--until", "--steps")]
    [InlineData("train --steps 5", "--steps", "--until")]
    [InlineData("train --optimizer flow --data online:10 --until 5", "flow", "online")]
    [InlineData("train --optimizer adam", "--steps")]
    [InlineData("train --optimizer muon", "--steps")]
    [InlineData("train --init 0", "--until")]
    [InlineData("train --optimizer gd --learning-rate 1e-12", "--steps")]
    [InlineData("predict --whiten", "--whiten", "sample:P")]
    [InlineData("predict --centre --data online:10", "--centre", "sample:P")]
    [InlineData("predict --whiten --data sample:4", "more sequences than dimensions")]
    [InlineData("predict --attention merged --rank 2", "--rank", "separate")]
    [InlineData("predict --attention cubic --rank 2", "--rank", "separate")]
    [InlineData("predict --dim 3 --rank 4", "rank", "4")]
    [InlineData("predict --optimizer gd --momentum 0.5", "--momentum")]
    [InlineData("predict --in-context-fraction 0.5", "sample:P")]
    [InlineData("predict --in-context-fraction 0.5 --data online:100", "no theory", "in-weight")]
    [InlineData("export --out x.npz", "sample:P")]
    [InlineData("train --resume", "--out")]
    [InlineData("train --resume --out no-such-run", "no-such-run")]
    [InlineData("compare no-such-run", "no-such-run")]
    [InlineData("predict --data no-such.npz", "no-such.npz")]
    [InlineData("predict --weights no-such.npz", "no-such.npz")]
    [InlineData("cite nothing-like-it-at-all", "nothing-like-it-at-all", "conservation")]
    [InlineData("cite merged-plataeu", "did you mean 'merged-plateau'")]
    public void Options_that_do_not_go_together_are_refused(string line, params string[] mentions) => Refused(line, mentions);

    [Theory]
    [InlineData("predict --dim 100000")]
    [InlineData("predict --dim 1000000 --heads 1")]
    [InlineData("predict --dim 2147483647 --heads 1 --attention merged")]
    [InlineData("predict --heads 2147483647")]
    [InlineData("predict --heads 500000000 --attention merged")]
    [InlineData("predict --heads 300000000 --init-scheme layers")]
    [InlineData("predict --dim 3000 --heads 1 --data sample:100000")]
    [InlineData("predict --context 2147483647 --data sample:10")]
    [InlineData("predict --context 2147483647 --data online:10")]
    [InlineData("train --data online:2000000000 --steps 1")]
    [InlineData("train --data online:100000 --context 100000 --vary-context --steps 1")]
    public void A_size_that_no_machine_holds_is_refused_with_the_reason(string line) => Refused(line, "too large");

    [Fact]
    public void A_file_with_seeds_and_a_seed_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["both.yaml"], "seed: 4\nseeds: 1..3\n");
        InProcess.Run("predict", folder["both.yaml"]).IsRefused("those of an ensemble", "give one of them");
    }

    [Fact]
    public void An_empty_path_is_refused() => InProcess.Run("predict", "").IsRefused("cannot be read");

    [Fact]
    public void A_real_process_says_the_same()
    {
        using var folder = new TemporaryFolder();
        StaircaseProcess.Run(folder.Path, "predict", "--spektrum=linear").IsRefused("'--spektrum'", "'--spectrum'");
        StaircaseProcess.Run(folder.Path, "predict", "--dim", "100000").IsRefused("too large", "--dim");
    }

    private static void Refused(string line, params string[] mentions) =>
        InProcess.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).IsRefused(mentions);
}
