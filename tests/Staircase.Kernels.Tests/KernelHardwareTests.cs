using System.Runtime.Intrinsics;

namespace Staircase.Kernels.Tests;

public class KernelHardwareTests
{
    // CI runs the tests once per path and states the width it expects, so that a path that silently was not taken fails.
    [Fact]
    public void The_path_is_the_expected_one()
    {
        string? expected = Environment.GetEnvironmentVariable("STAIRCASE_EXPECT_VECTOR_BITS");
        int widest = Vector512.IsHardwareAccelerated ? 512
            : Vector256.IsHardwareAccelerated ? 256
            : Vector128.IsHardwareAccelerated ? 128
            : 64;
        int wanted = expected is null ? widest : int.Parse(expected);
        Assert.True(wanted == KernelHardware.VectorBits, $"vector bits: expected {wanted}, actual {KernelHardware.VectorBits}");
    }

    [Fact]
    public void Switching_hardware_off_narrows_the_path()
    {
        int bound = Off("EnableHWIntrinsic") ? 64 : Off("EnableAVX2") ? 128 : Off("EnableAVX512") ? 256 : 512;
        Assert.True(KernelHardware.VectorBits <= bound, $"vector bits: expected at most {bound}, actual {KernelHardware.VectorBits}");

        static bool Off(string name) => Environment.GetEnvironmentVariable("DOTNET_" + name) == "0";
    }
}
