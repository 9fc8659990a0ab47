using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Staircase.Kernels;

/// <summary>512 bits: AVX-512.</summary>
internal readonly unsafe struct Lanes512<T> : ILanes<T, Vector512<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => Vector512<T>.Count;

    public static int TileRows => 8;   // 16 accumulators of 32 registers

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> LoadFirst(T* source, int count) => LoadMasked(source, FirstLanes(count));

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> LoadAfter(T* source, int skipped) => LoadMasked(source, ~FirstLanes(skipped));

    [MethodImpl(AggressiveInlining)]
    public static void StoreFirst(Vector512<T> value, T* destination, int count)
    {
        if (typeof(T) == typeof(float))
            Avx512F.MaskStore((float*)destination, FirstLanes(count).AsSingle(), value.AsSingle());
        else
            Avx512F.MaskStore((double*)destination, FirstLanes(count).AsDouble(), value.AsDouble());
    }

    [MethodImpl(AggressiveInlining)]
    public static void Store(Vector512<T> value, T* destination) => value.Store(destination);

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> left, Vector512<T> right) => left + right;

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> Subtract(Vector512<T> left, Vector512<T> right) => left - right;

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> Multiply(Vector512<T> left, Vector512<T> right) => left * right;

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> Divide(Vector512<T> left, Vector512<T> right) => left / right;

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> left, Vector512<T> right, Vector512<T> addend) =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> Max(Vector512<T> left, Vector512<T> right) => Vector512.MaxNative(left, right);

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> Min(Vector512<T> left, Vector512<T> right) => Vector512.MinNative(left, right);

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> ClearWhereAtMost(Vector512<T> value, Vector512<T> left, Vector512<T> right) =>
        Vector512.AndNot(value, Vector512.LessThanOrEqual(left, right));

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> KeepFirst(Vector512<T> value, int count) => value & FirstLanes(count);

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> SquareRoot(Vector512<T> value) => Vector512.Sqrt(value);

    [MethodImpl(AggressiveInlining)]
    public static Vector512<T> ScaleByPowerOfTwo(Vector512<T> value, Vector512<T> shiftedExponent) => typeof(T) == typeof(float)
        ? (value.AsInt32() + (shiftedExponent.AsInt32() << 23)).As<int, T>()
        : (value.AsInt64() + (shiftedExponent.AsInt64() << 52)).As<long, T>();

    [MethodImpl(AggressiveInlining)]
    public static T Sum(Vector512<T> value) => Vector512.Sum(value);

    [MethodImpl(AggressiveInlining)]
    public static T Largest(Vector512<T> value) => Lanes256<T>.Largest(Vector256.MaxNative(value.GetLower(), value.GetUpper()));

    [MethodImpl(AggressiveInlining)]
    private static Vector512<T> LoadMasked(T* source, Vector512<T> mask) => typeof(T) == typeof(float)
        ? Avx512F.MaskLoad((float*)source, mask.AsSingle(), Vector512<float>.Zero).As<float, T>()
        : Avx512F.MaskLoad((double*)source, mask.AsDouble(), Vector512<double>.Zero).As<double, T>();

    // Compared as whole numbers, so that the result is a mask of whole lanes whatever the precision.
    [MethodImpl(AggressiveInlining)]
    private static Vector512<T> FirstLanes(int count) => typeof(T) == typeof(float)
        ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).As<int, T>()
        : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>();
}
