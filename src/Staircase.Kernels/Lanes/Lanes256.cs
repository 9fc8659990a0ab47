using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Staircase.Kernels;

/// <summary>256 bits: AVX2 with FMA.</summary>
internal readonly unsafe struct Lanes256<T> : ILanes<T, Vector256<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => Vector256<T>.Count;

    public static int TileRows => 4;   // 8 accumulators of 16 registers; 16 would spill

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> Load(T* source) => Vector256.Load(source);

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> LoadFirst(T* source, int count) => LoadMasked(source, FirstLanes(count));

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> LoadAfter(T* source, int skipped) => LoadMasked(source, ~FirstLanes(skipped));

    [MethodImpl(AggressiveInlining)]
    public static void StoreFirst(Vector256<T> value, T* destination, int count)
    {
        if (typeof(T) == typeof(float))
            Avx.MaskStore((float*)destination, FirstLanes(count).AsSingle(), value.AsSingle());
        else
            Avx.MaskStore((double*)destination, FirstLanes(count).AsDouble(), value.AsDouble());
    }

    [MethodImpl(AggressiveInlining)]
    public static void Store(Vector256<T> value, T* destination) => value.Store(destination);

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> Add(Vector256<T> left, Vector256<T> right) => left + right;

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> Subtract(Vector256<T> left, Vector256<T> right) => left - right;

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> Multiply(Vector256<T> left, Vector256<T> right) => left * right;

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> Divide(Vector256<T> left, Vector256<T> right) => left / right;

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> left, Vector256<T> right, Vector256<T> addend) =>
        typeof(T) == typeof(float)
            ? Vector256.MultiplyAddEstimate(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>()
            : Vector256.MultiplyAddEstimate(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> Max(Vector256<T> left, Vector256<T> right) => Vector256.MaxNative(left, right);

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> Min(Vector256<T> left, Vector256<T> right) => Vector256.MinNative(left, right);

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> ClearWhereAtMost(Vector256<T> value, Vector256<T> left, Vector256<T> right) =>
        Vector256.AndNot(value, Vector256.LessThanOrEqual(left, right));

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> KeepFirst(Vector256<T> value, int count) => value & FirstLanes(count);

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> SquareRoot(Vector256<T> value) => Vector256.Sqrt(value);

    [MethodImpl(AggressiveInlining)]
    public static Vector256<T> ScaleByPowerOfTwo(Vector256<T> value, Vector256<T> shiftedExponent) => typeof(T) == typeof(float)
        ? (value.AsInt32() + (shiftedExponent.AsInt32() << 23)).As<int, T>()
        : (value.AsInt64() + (shiftedExponent.AsInt64() << 52)).As<long, T>();

    [MethodImpl(AggressiveInlining)]
    public static T Sum(Vector256<T> value) => Vector256.Sum(value);

    [MethodImpl(AggressiveInlining)]
    public static T Largest(Vector256<T> value) => Lanes128<T>.Largest(Vector128.MaxNative(value.GetLower(), value.GetUpper()));

    [MethodImpl(AggressiveInlining)]
    private static Vector256<T> LoadMasked(T* source, Vector256<T> mask) => typeof(T) == typeof(float)
        ? Avx.MaskLoad((float*)source, mask.AsSingle()).As<float, T>()
        : Avx.MaskLoad((double*)source, mask.AsDouble()).As<double, T>();

    // Compared as whole numbers, so that the result is a mask of whole lanes whatever the precision.
    [MethodImpl(AggressiveInlining)]
    private static Vector256<T> FirstLanes(int count) => typeof(T) == typeof(float)
        ? Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).As<int, T>()
        : Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).As<long, T>();
}
