using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>What a command left behind.</summary>
internal sealed record Outcome(int Code, string Out, string Error)
{
    /// <summary>The one JSON value on standard output.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.True(Code == ExitCode.Success, ToString());
            try
            {
                using var document = JsonDocument.Parse(Out);
                return document.RootElement.Clone();
            }
            catch (JsonException exception)
            {
                throw new InvalidOperationException($"Standard output is not one JSON value: {exception.Message}\n{this}", exception);
            }
        }
    }

    /// <summary>Bad input: exit code 2, nothing on standard output, one line on standard error that mentions what is given.</summary>
    public void IsRefused(params string[] mentions)
    {
        Assert.True(Code == ExitCode.BadInput && Out.Length == 0, $"Expected exit code {ExitCode.BadInput} and no output.\n{this}");
        Assert.True(
            Error.StartsWith("staircase: ", StringComparison.Ordinal) && Error.IndexOf('\n', StringComparison.Ordinal) == Error.Length - 1,
            $"Expected one line.\n{this}");
        foreach (string mention in mentions)
            Assert.True(Error.Contains(mention, StringComparison.Ordinal), $"Expected a mention of '{mention}'.\n{this}");
    }

    /// <summary>Ended with this exit code.</summary>
    public Outcome Ended(int code)
    {
        Assert.True(Code == code, $"Expected exit code {code}.\n{this}");
        return this;
    }

    public Outcome Succeeded()
    {
        Assert.True(Code == ExitCode.Success, ToString());
        return this;
    }

    public override string ToString() => $"exit code {Code}\n--- out\n{Out}\n--- error\n{Error}";
}
