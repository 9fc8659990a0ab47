namespace Staircase.Checkpoints;

/// <summary>Reads single numpy arrays (<c>.npy</c>, versions 1.0, 2.0 and 3.0).</summary>
/// <remarks>f2, f4, f8, i1 to i8, u1 to u8 and b1 of either byte order and either memory order; never pickled objects.</remarks>
public static class NpyReader
{
    /// <summary>Reads and checks the header; the tensor is named after the file.</summary>
    /// <exception cref="CheckpointFormatException">The file breaks a rule of the format.</exception>
    public static TensorInfo ReadInfo(string path)
    {
        using var file = new NpyFile(path);
        return file.Header.ToInfo(Path.GetFileNameWithoutExtension(path));
    }

    /// <summary>Reads an array in double precision and C order; 64-bit integers beyond 2⁵³ are rounded.</summary>
    /// <inheritdoc cref="ReadInfo" path="/exception"/>
    public static Tensor Read(string path)
    {
        using var file = new NpyFile(path);
        return new Tensor(Path.GetFileNameWithoutExtension(path), file.Header.Shape, file.ReadValues());
    }

    internal static void Visit(string path, TensorVisitor visit)
    {
        using var file = new NpyFile(path);
        file.Visit(visit);
    }

    private sealed class NpyFile : IDisposable
    {
        private readonly FileStream _stream;
        private readonly ErrorContext _context;

        public NpyFile(string path)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
            _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            _context = new ErrorContext(path);
            try
            {
                Header = NpyHeader.Read(Fill, _stream.Length, _context);
            }
            catch
            {
                _stream.Dispose();
                throw;
            }
        }

        public NpyHeader Header { get; }

        public double[] ReadValues() => Header.ReadValues(Fill, _context);

        public void Visit(TensorVisitor visit) => Header.Visit(Fill, _context, visit);

        public void Dispose() => _stream.Dispose();

        private void Fill(Span<byte> buffer)
        {
            int read = _stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (read < buffer.Length)
                throw _context.Fail(_stream.Position, "the end of the file", $"{buffer.Length - read} more bytes");
        }
    }
}
