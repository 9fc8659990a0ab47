using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Staircase.Kernels;

/// <summary>Two lanes: ARM AdvSimd, or SSE on x86 before AVX2.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Vector128<double>>
{
    public static int Count => 2;

    public static int TileRows => AdvSimd.IsSupported ? 8 : 4;   // ARM has 32 vector registers, SSE 16

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(double* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> LoadFirst(double* source, int count) => count switch
    {
        0 => Vector128<double>.Zero,
        1 => Vector128.CreateScalar(*source),
        _ => Vector128.Load(source),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> LoadAfter(double* source, int skipped) => skipped switch
    {
        0 => Vector128.Load(source),
        1 => Vector128.Create(0, source[1]),
        _ => Vector128<double>.Zero,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> value, double* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Vector128<double> value, double* destination, int count)
    {
        if (count == 1)
            *destination = value.ToScalar();
        else if (count == 2)
            value.Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Broadcast(double value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Add(Vector128<double> left, Vector128<double> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Multiply(Vector128<double> left, Vector128<double> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> MultiplyAdd(Vector128<double> left, Vector128<double> right, Vector128<double> addend) =>
        AdvSimd.IsSupported ? Vector128.FusedMultiplyAdd(left, right, addend) : (left * right) + addend;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector128<double> value) => Vector128.Sum(value);
}
