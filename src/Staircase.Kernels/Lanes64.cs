using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>One lane: the scalar path, for machines without vectors and for checking the others.</summary>
internal readonly unsafe struct Lanes64 : ILanes<double>
{
    public static int Count => 1;

    public static int TileRows => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Load(double* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double LoadFirst(double* source, int count) => count == 0 ? 0 : *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double LoadAfter(double* source, int skipped) => skipped == 0 ? *source : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double value, double* destination) => *destination = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(double value, double* destination, int count)
    {
        if (count != 0)
            *destination = value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Broadcast(double value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Add(double left, double right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Multiply(double left, double right) => left * right;

    // Not Math.FusedMultiplyAdd: without the hardware it is a call into the C library.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double MultiplyAdd(double left, double right, double addend) => (left * right) + addend;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(double value) => value;
}
