using System.Runtime.InteropServices;

namespace Staircase.Lab;

/// <summary>A machine, as far as it matters to results and timings.</summary>
/// <param name="Cores">Processors that the program may use.</param>
/// <param name="VectorBits">Width of the vector instructions that the kernels use; the only thing here that may change bits.</param>
/// <param name="System">Operating system and architecture.</param>
/// <param name="Runtime">The .NET version.</param>
public sealed record Machine(int Cores, int VectorBits, string System, string Runtime)
{
    /// <summary>The machine that this program runs on.</summary>
    public static Machine Here { get; } = new(
        ThreadTeam.SharedThreads, KernelHardware.VectorBits,
            $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}", RuntimeInformation.FrameworkDescription);
}
