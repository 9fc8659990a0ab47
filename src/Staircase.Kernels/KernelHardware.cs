using System.Runtime.Intrinsics;

namespace Staircase.Kernels;

/// <summary>States which vector width the kernels run with on this machine.</summary>
/// <remarks>
/// The width is the only thing that may change the bits of a kernel's result: sums are associated by lane, and
/// multiply-adds are fused where the hardware has them. A report that must be reproduced should print it.
/// </remarks>
public static class KernelHardware
{
    /// <summary>The vector width in bits: 512, 256 or 128, or 64 for the scalar path.</summary>
    /// <remarks>
    /// Lower widths are forced by <c>DOTNET_EnableAVX512=0</c> (256), <c>DOTNET_EnableAVX2=0</c> (128)
    /// and <c>DOTNET_EnableHWIntrinsic=0</c> (64). The kernels themselves ask the runtime's properties in this order,
    /// not this one: the compiler then skips the other widths before it inlines them.
    /// </remarks>
    public static int VectorBits
    {
        get => Vector512.IsHardwareAccelerated ? 512
            : Vector256.IsHardwareAccelerated ? 256
            : Vector128.IsHardwareAccelerated ? 128
            : 64;
    }
}
