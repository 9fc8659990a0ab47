using System.Text;

namespace Staircase.Native;

/// <summary>Text across the border: UTF-8, ended by a zero.</summary>
internal static unsafe class Utf8
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a text.</summary>
    /// <exception cref="InputException">There is none, or it is not UTF-8.</exception>
    public static string Read(byte* text, string what)
    {
        Border.Require(text, what);
        try
        {
            return Strict.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
        }
        catch (ArgumentException exception)
        {
            throw new InputException($"{what} is not UTF-8: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a path.</summary>
    /// <exception cref="InputException">There is none, it is empty, or it is not UTF-8.</exception>
    public static string ReadPath(byte* text, string what) => Read(text, what) is { Length: > 0 } path
        ? path
        : throw new InputException($"{what} is empty: give a path.");

    /// <summary>A text as bytes, without the zero.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Writes a text into a caller's buffer as far as it goes, and a zero behind it.</summary>
    /// <param name="bytes">The text.</param>
    /// <param name="text">The buffer; null asks for the length alone.</param>
    /// <param name="capacity">Its size in bytes.</param>
    /// <param name="length">Where the length goes, in bytes without the zero; may be null.</param>
    /// <exception cref="InputException">The buffer is too small.</exception>
    public static void Write(ReadOnlySpan<byte> bytes, byte* text, long capacity, long* length)
    {
        if (length is not null)
            *length = bytes.Length;
        if (text is null)
            return;
        Require(capacity > bytes.Length, $"the buffer of {capacity} bytes is too small: the text takes {bytes.Length + 1}.");
        bytes.CopyTo(new Span<byte>(text, bytes.Length));
        text[bytes.Length] = 0;
    }
}
