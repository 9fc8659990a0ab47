using System.Diagnostics;

namespace Staircase.BrowserTests;

/// <summary>A program of one file, compiled and run against the library of this checkout.</summary>
internal static class CSharpScript
{
    /// <summary>Runs it, and gives what it prints.</summary>
    public static async Task<string> RunAsync(string code)
    {
        string folder = Directory.CreateTempSubdirectory("staircase-script-").FullName;
        try
        {
            string program = typeof(Lab.Study).Assembly.Location, beside = Path.GetDirectoryName(program)!;
            string references = string.Concat(
                new[] { "Staircase", "Staircase.Lab", "Staircase.Kernels", "Staircase.Transformers", "Staircase.Checkpoints",
                    "MathNet.Numerics", "YamlDotNet" }
                    .Select(name => $"<Reference Include=\"{Path.Combine(beside, name + ".dll")}\" />"));
            await File.WriteAllTextAsync(
                Path.Combine(folder, "script.csproj"),
                "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework>"
                + "<ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable><InvariantGlobalization>true</InvariantGlobalization>"
                + $"</PropertyGroup><ItemGroup>{references}</ItemGroup></Project>");
            await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), code);
            var start = new ProcessStartInfo("dotnet", ["run", "-c", "Release", "--project", folder])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                WorkingDirectory = folder,
            };
            using Process process = Process.Start(start)!;
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, output);
            return output;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
