namespace Staircase.Kernels;

/// <summary>One lane: the scalar path, for machines without vectors and for checking the others.</summary>
internal readonly unsafe struct ScalarLanes<T> : ILanes<T, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => 1;

    public static int TileRows => 4;

    [MethodImpl(AggressiveInlining)]
    public static T Load(T* source) => *source;

    [MethodImpl(AggressiveInlining)]
    public static T LoadFirst(T* source, int count) => count == 0 ? T.Zero : *source;

    [MethodImpl(AggressiveInlining)]
    public static T LoadAfter(T* source, int skipped) => skipped == 0 ? *source : T.Zero;

    [MethodImpl(AggressiveInlining)]
    public static void Store(T value, T* destination) => *destination = value;

    [MethodImpl(AggressiveInlining)]
    public static void StoreFirst(T value, T* destination, int count)
    {
        if (count != 0)
            *destination = value;
    }

    [MethodImpl(AggressiveInlining)]
    public static T Broadcast(T value) => value;

    [MethodImpl(AggressiveInlining)]
    public static T Add(T left, T right) => left + right;

    [MethodImpl(AggressiveInlining)]
    public static T Subtract(T left, T right) => left - right;

    [MethodImpl(AggressiveInlining)]
    public static T Multiply(T left, T right) => left * right;

    [MethodImpl(AggressiveInlining)]
    public static T Divide(T left, T right) => left / right;

    // Not T.FusedMultiplyAdd: without the hardware it is a call into the C library.
    [MethodImpl(AggressiveInlining)]
    public static T MultiplyAdd(T left, T right, T addend) => left * right + addend;

    [MethodImpl(AggressiveInlining)]
    public static T Max(T left, T right) => left > right ? left : right;

    [MethodImpl(AggressiveInlining)]
    public static T Min(T left, T right) => left < right ? left : right;

    [MethodImpl(AggressiveInlining)]
    public static T ClearWhereAtMost(T value, T left, T right) => left <= right ? T.Zero : value;

    [MethodImpl(AggressiveInlining)]
    public static T KeepFirst(T value, int count) => count == 0 ? T.Zero : value;

    [MethodImpl(AggressiveInlining)]
    public static T SquareRoot(T value) => T.Sqrt(value);

    [MethodImpl(AggressiveInlining)]
    public static T ScaleByPowerOfTwo(T value, T shiftedExponent) => typeof(T) == typeof(float)
        ? Unsafe.BitCast<int, T>(Unsafe.BitCast<T, int>(value) + (Unsafe.BitCast<T, int>(shiftedExponent) << 23))
        : Unsafe.BitCast<long, T>(Unsafe.BitCast<T, long>(value) + (Unsafe.BitCast<T, long>(shiftedExponent) << 52));

    [MethodImpl(AggressiveInlining)]
    public static T Sum(T value) => value;

    [MethodImpl(AggressiveInlining)]
    public static T Largest(T value) => value;
}
