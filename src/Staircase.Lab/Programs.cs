namespace Staircase.Lab;

/// <summary>Other programs.</summary>
public static class Programs
{
    /// <summary>Runs one to its end.</summary>
    /// <param name="cancellation">Ends it, with whatever it has started.</param>
    /// <returns>Its exit code, and what it wrote.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static (int Code, string Output, string Error) Run(
        string program, IEnumerable<string> arguments, CancellationToken cancellation = default)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
            process.WaitForExitAsync(cancellation).GetAwaiter().GetResult();
            return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }
}
