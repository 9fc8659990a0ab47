using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Staircase.Cli;

/// <summary>The program compiled for AVX-512, which lies beside the one for every processor (see src/Native.targets).</summary>
/// <remarks>
/// Ahead-of-time compilation fixes the width of vectors, and the width is all that may change the bits of a result.
/// Handing over to the wide program gives the bits and the speed that compiling at run time would give on this processor.
/// </remarks>
internal static unsafe partial class WideProgram
{
    /// <summary>Replaces this process by the wide program where it is there and the processor can run it; else returns.</summary>
    public static void TakeOver(string[] args)
    {
        if (RuntimeFeature.IsDynamicCodeSupported || Vector512.IsHardwareAccelerated || !OperatingSystem.IsLinux() || !IsWanted())
            return;
        string program = Environment.ProcessPath + "-avx512";
        if (!File.Exists(program))
            return;
        byte** words = stackalloc byte*[args.Length + 2];
        words[0] = Utf8(program);
        for (int i = 0; i < args.Length; i++)
            words[i + 1] = Utf8(args[i]);
        words[args.Length + 1] = null;
        _ = Execute(words[0], words); // returns only where it failed, and then this program does the work

        static byte* Utf8(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);
    }

    /// <summary>
    /// Whether the runtime would choose 512 bits here: AVX-512 with VBMI2, which leaves out the processors that slow down under it.
    /// </summary>
    private static bool IsWanted()
    {
        const int F = 1 << 16, DQ = 1 << 17, CD = 1 << 28, BW = 1 << 30, VL = 1 << 31, Vbmi2 = 1 << 6;
        if (!X86Base.IsSupported || Environment.GetEnvironmentVariable("DOTNET_EnableAVX512") is "0" || X86Base.CpuId(0, 0).Eax < 7)
            return false;
        (_, int ebx, int ecx, _) = X86Base.CpuId(7, 0);
        const int needed = F | DQ | CD | BW | VL;
        return (ebx & needed) == needed && (ecx & Vbmi2) != 0;
    }

    [LibraryImport("libc", EntryPoint = "execv")]
    private static partial int Execute(byte* program, byte** words);
}
