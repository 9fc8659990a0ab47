namespace Staircase.Checkpoints;

/// <summary>Arrays whose elements lie at strides.</summary>
internal static class StridedArray
{
    /// <summary>Gathers elements into C order, last axis fastest.</summary>
    /// <param name="shape">The sizes of the axes.</param>
    /// <param name="strides">How far apart neighbours along each axis lie.</param>
    /// <param name="count">The product of the shape.</param>
    /// <param name="at">The element at a position, which begins at 0.</param>
    public static T[] Gather<T>(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, int count, Func<long, T> at)
    {
        var values = new T[count];
        Span<long> index = stackalloc long[shape.Length];
        index.Clear();
        long position = 0;
        for (int i = 0; i < count; i++)
        {
            values[i] = at(position);
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                position += strides[axis];
                if (++index[axis] < shape[axis])
                    break;
                position -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return values;
    }
}
