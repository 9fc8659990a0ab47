using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Staircase.Kernels;

/// <summary>128 bits: ARM AdvSimd, or SSE on x86 before AVX2.</summary>
internal readonly unsafe struct Lanes128<T> : ILanes<T, Vector128<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => Vector128<T>.Count;

    public static int TileRows => AdvSimd.IsSupported ? 8 : 4;   // ARM has 32 vector registers, SSE 16

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> Load(T* source) => Vector128.Load(source);

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> LoadFirst(T* source, int count)
    {
        if (count == Count)
            return Vector128.Load(source);
        Vector128<T> value = Vector128<T>.Zero;
        for (int i = 0; i < count; i++)
            value = value.WithElement(i, source[i]);
        return value;
    }

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> LoadAfter(T* source, int skipped)
    {
        Vector128<T> value = Vector128<T>.Zero;
        for (int i = skipped; i < Count; i++)
            value = value.WithElement(i, source[i]);
        return value;
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreFirst(Vector128<T> value, T* destination, int count)
    {
        for (int i = 0; i < count; i++)
            destination[i] = value[i];
    }

    [MethodImpl(AggressiveInlining)]
    public static void Store(Vector128<T> value, T* destination) => value.Store(destination);

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> Add(Vector128<T> left, Vector128<T> right) => left + right;

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> Subtract(Vector128<T> left, Vector128<T> right) => left - right;

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> Multiply(Vector128<T> left, Vector128<T> right) => left * right;

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> Divide(Vector128<T> left, Vector128<T> right) => left / right;

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> left, Vector128<T> right, Vector128<T> addend) =>
        !AdvSimd.IsSupported ? left * right + addend
        : typeof(T) == typeof(float)
            ? Vector128.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>()
            : Vector128.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> Max(Vector128<T> left, Vector128<T> right) => Vector128.MaxNative(left, right);

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> Min(Vector128<T> left, Vector128<T> right) => Vector128.MinNative(left, right);

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> ClearWhereAtMost(Vector128<T> value, Vector128<T> left, Vector128<T> right) =>
        Vector128.AndNot(value, Vector128.LessThanOrEqual(left, right));

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> KeepFirst(Vector128<T> value, int count) => value & FirstLanes(count);

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> SquareRoot(Vector128<T> value) => Vector128.Sqrt(value);

    [MethodImpl(AggressiveInlining)]
    public static Vector128<T> ScaleByPowerOfTwo(Vector128<T> value, Vector128<T> shiftedExponent) => typeof(T) == typeof(float)
        ? (value.AsInt32() + (shiftedExponent.AsInt32() << 23)).As<int, T>()
        : (value.AsInt64() + (shiftedExponent.AsInt64() << 52)).As<long, T>();

    [MethodImpl(AggressiveInlining)]
    public static T Sum(Vector128<T> value) => Vector128.Sum(value);

    [MethodImpl(AggressiveInlining)]
    public static T Largest(Vector128<T> value)
    {
        T largest = value[0];
        for (int i = 1; i < Vector128<T>.Count; i++)
            largest = value[i] > largest ? value[i] : largest;
        return largest;
    }

    [MethodImpl(AggressiveInlining)]
    private static Vector128<T> FirstLanes(int count) => typeof(T) == typeof(float)
        ? Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count)).As<int, T>()
        : Vector128.LessThan(Vector128<long>.Indices, Vector128.Create((long)count)).As<long, T>();
}
