namespace Staircase.Native;

/// <summary>What <c>staircase.h</c> says of the library itself and of handles. A 64-bit processor has one calling convention.</summary>
internal static unsafe class Library
{
    /// <summary>Grows whenever a call changes or goes; not when one comes.</summary>
    private const int InterfaceVersion = 1;

    private const int MostAxes = 8;

    [UnmanagedCallersOnly(EntryPoint = "staircase_interface")]
    public static int Interface() => InterfaceVersion;

    [UnmanagedCallersOnly(EntryPoint = "staircase_vector_bits")]
    public static int VectorBits() => KernelHardware.VectorBits;

    [UnmanagedCallersOnly(EntryPoint = "staircase_open_handles")]
    public static long OpenHandles() => Items.Count;

    [UnmanagedCallersOnly(EntryPoint = "staircase_error")]
    public static int Error(byte* text, long capacity, long* length)
    {
        byte[] error = Border.Error.ToArray(); // a buffer that is too small is a mistake of its own
        return Border.Call(() => Utf8.Write(error, text, capacity, length));
    }

    [UnmanagedCallersOnly(EntryPoint = "staircase_close")]
    public static int Close(ulong handle) => Border.Call(() => Items.Close(handle));

    [UnmanagedCallersOnly(EntryPoint = "staircase_text")]
    public static int Text(ulong handle, byte* name, byte* text, long capacity, long* length) => Border.Call(() =>
        Utf8.Write(Items.Get(handle).Text(Utf8.Read(name, "the name")), text, capacity, length));

    [UnmanagedCallersOnly(EntryPoint = "staircase_array")]
    public static int Array(ulong handle, byte* name, void* data, long capacity, int* type, long* shape, int* axes) => Border.Call(() =>
    {
        NamedArray array = Items.Get(handle).Array(Utf8.Read(name, "the name"));
        if (array.Shape.Length > MostAxes)
            throw new InvalidOperationException($"An array of {array.Shape.Length} axes goes nowhere.");
        if (type is not null)
            *type = array.Type;
        if (axes is not null)
            *axes = array.Shape.Length;
        if (shape is not null)
            array.Shape.CopyTo(new Span<long>(shape, MostAxes));
        if (data is null)
            return;
        if (capacity < array.ByteLength || array.ByteLength > int.MaxValue)
            throw new Lab.InputException($"the buffer of {capacity} bytes is too small: the array takes {array.ByteLength}.");
        array.CopyTo(new Span<byte>(data, (int)array.ByteLength));
    });
}
