using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Staircase.Checkpoints.Tests;

public sealed class WriterTests
{
    private static readonly Dictionary<string, string> Metadata = new(StringComparer.Ordinal) { ["step"] = "12", ["ä"] = "\"quoted\"\n" };

    private static TensorToWrite[] Sample() =>
    [
        TensorToWrite.Create("b.single", [2], new float[] { 1, 2 }),
        TensorToWrite.Create("z", [2, 1], new double[] { 1, -0.0 }),
        TensorToWrite.Create("a", [], new long[] { long.MinValue }),
        TensorToWrite.Create("a.single", [1], new float[] { float.NaN }),
        TensorToWrite.Create("m", [0, 5], Array.Empty<double>()),
        TensorToWrite.Create("u", [1], new long[] { -1 }),
    ];

    [Fact]
    public void Safetensors_bytes_are_the_formats()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(
            folder["a"], [TensorToWrite.Create("w", [2], new double[] { 1, 2 }), TensorToWrite.Create("i", [1], new long[] { 3 })]);
        byte[] bytes = File.ReadAllBytes(folder["a"]);
        const string Json =
            """{"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F64","shape":[2],"data_offsets":[8,24]}}""";
        int length = (Json.Length + 7) / 8 * 8;
        Assert.Equal((ulong)length, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        Assert.Equal(Json.PadRight(length), Encoding.UTF8.GetString(bytes, 8, length));
        Assert.Equal([3, 0, 0, 0, 0, 0, 0, 0], bytes[(8 + length)..(16 + length)]);
        Assert.Equal(8 + length + 24, bytes.Length);
    }

    [Fact]
    public void Safetensors_orders_by_alignment_then_name_whatever_the_order_given()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"], Sample(), Metadata);
        SafetensorsWriter.Write(folder["b"], [.. Sample().Reverse()], Metadata.Reverse().ToDictionary(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        Assert.Equal(["a", "m", "u", "z", "a.single", "b.single"], file.Tensors.Select(tensor => tensor.Name), StringComparer.Ordinal);
        Assert.All(file.Tensors, tensor => Assert.Equal(0, tensor.ByteOffset % (tensor.ElementType.BitSize() / 8)));
        Assert.Equal(Metadata, file.Metadata);
        Assert.Equal([-1.0], file.ReadDouble("u"));
    }

    [Fact]
    public void Npz_bytes_are_the_same_each_time_and_the_header_is_numpys()
    {
        using var folder = new TemporaryFolder();
        NpzWriter.Write(folder["a"], Sample());
        NpzWriter.Write(folder["b"], Sample());
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));

        // plain.npy is numpy's; the same array must appear in our archive byte for byte.
        NpzWriter.Write(folder["c"], [TensorToWrite.Create("plain", [3, 4], Fixture.Ramp(12, 0.5, -1))]);
        int at = File.ReadAllBytes(folder["c"]).AsSpan().IndexOf(File.ReadAllBytes(Fixture.PathOf("plain.npy")));
        Assert.True(at > 0, "numpy's plain.npy must be contained, stored, in our archive");
    }

    [Fact]
    public void Round_trip_of_doubles() => RoundTrip<double>(TensorToWrite.Create);

    [Fact]
    public void Round_trip_of_singles() => RoundTrip<float>(TensorToWrite.Create);

    [Fact]
    public void Round_trip_of_integers() => RoundTrip<long>(TensorToWrite.Create);

    private static void RoundTrip<T>(Func<string, IReadOnlyList<long>, ReadOnlyMemory<T>, TensorToWrite> create)
        where T : INumber<T>
    {
        using var folder = new TemporaryFolder();
        Prop.ForAll<T[][], NonNull<string>>((arrays, text) =>
        {
            // Generated text, made a legal name; the index keeps names distinct.
            string suffix = new([.. text.Item.Where(c => !char.IsControl(c) && !char.IsSurrogate(c) && c is not ('/' or '\\' or ':'))]);
            string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"t{i}{suffix}");
            IReadOnlyList<long> Shape(int i) => i % 2 == 0 ? [arrays[i].Length] : [1, arrays[i].Length, 1];
            TensorToWrite[] tensors = [.. arrays.Select((values, i) => create(Name(i), Shape(i), values))];
            SafetensorsWriter.Write(folder["s"], tensors);
            NpzWriter.Write(folder["z"], tensors);
            using SafetensorsFile safetensors = SafetensorsFile.Open(folder["s"]);
            using NpzFile npz = NpzFile.Open(folder["z"]);
            Assert.Equal(tensors.Length, safetensors.Tensors.Count);
            Assert.Equal(tensors.Select(tensor => tensor.Name), npz.Names, StringComparer.Ordinal);
            for (int i = 0; i < arrays.Length; i++)
            {
                double[] expected = Array.ConvertAll(arrays[i], double.CreateChecked);
                Assert.Equal(expected, safetensors.ReadDouble(Name(i)));
                Assert.Equal(expected, npz.ReadDouble(Name(i)));
                Assert.Equal(Shape(i), safetensors.Read(Name(i)).Shape);
                Assert.Equal(Shape(i), npz.Read(Name(i)).Shape);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    [Fact]
    public void A_tensor_longer_than_every_buffer_survives()
    {
        using var folder = new TemporaryFolder();
        double[] values = Fixture.Ramp(100_003, 0.1, 7);
        TensorToWrite[] tensors = [TensorToWrite.Create("long", [100_003], values)];
        SafetensorsWriter.Write(folder["s"], tensors);
        NpzWriter.Write(folder["z"], tensors);
        using SafetensorsFile safetensors = SafetensorsFile.Open(folder["s"]);
        using NpzFile npz = NpzFile.Open(folder["z"]);
        Assert.True(values.AsSpan().SequenceEqual(safetensors.ReadDouble("long")), "safetensors");
        Assert.True(values.AsSpan().SequenceEqual(npz.Read("long").Values), "npz");
    }

    [Fact]
    public void Bad_arguments_are_refused_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => TensorToWrite.Create("a", [3], new double[2]));
        Assert.Throws<ArgumentException>(() => TensorToWrite.Create("a", [-1], new double[1]));
        Assert.Throws<ArgumentException>(() => TensorToWrite.Create("", [1], new double[1]));
        Assert.Throws<ArgumentException>(() => TensorToWrite.Create("\ud800", [1], new double[1]));
        Assert.Throws<ArgumentException>(() => new Tensor("a", [2, 2], [1, 2, 3]));
        TensorToWrite Named(string name) => TensorToWrite.Create(name, [1], new double[1]);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder["s"], [Named("a"), Named("a")]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder["s"], [Named("__metadata__")]));
        Assert.Throws<ArgumentException>(() => NpzWriter.Write(folder["z"], [Named("a"), Named("a")]));
        Assert.Throws<ArgumentException>(() => NpzWriter.Write(folder["z"], [Named("/a")]));
        Assert.Throws<ArgumentException>(() => NpzWriter.Write(folder["z"], [Named("../a")]));
        Assert.Throws<ArgumentException>(() => NpzWriter.Write(folder["z"], [Named(new string('x', 65_532))]));
        Assert.Empty(folder.Names);
    }

    public static TheoryData<string> Formats => ["safetensors", "npz"];

    private static void WriteAs(string format, string path, IReadOnlyList<TensorToWrite> tensors)
    {
        if (format == "npz")
            NpzWriter.Write(path, tensors);
        else
            SafetensorsWriter.Write(path, tensors);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Leftovers_of_a_killed_writer_are_ignored_and_the_target_is_replaced_whole(string format)
    {
        using var folder = new TemporaryFolder();
        WriteAs(format, folder["model"], Sample());
        byte[] expected = File.ReadAllBytes(folder["model"]);
        folder.Write("model", "the old content"u8.ToArray());
        folder.Write("model.0badcafe.tmp", expected[..20]);
        using (FileStream reader = new(folder["model"], FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete))
        {
            WriteAs(format, folder["model"], Sample());
            // An open reader keeps the old file: a rename, no overwriting.
            Assert.Equal("the old content", new StreamReader(reader).ReadToEnd());
        }

        Assert.Equal(expected, File.ReadAllBytes(folder["model"]));
        Assert.Equal(["model", "model.0badcafe.tmp"], folder.Names, StringComparer.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_write_that_fails_midway_leaves_the_old_file_and_no_leftover(string format)
    {
        using var folder = new TemporaryFolder();
        folder.Write("model", "the old content"u8.ToArray());
        using var values = new FailingMemory();
        Assert.Throws<InvalidTimeZoneException>(() => WriteAs(
            format, folder["model"], [TensorToWrite.Create("a", [2], new double[2]), TensorToWrite.Create("b", [2], values.Memory)]));
        Assert.Equal("the old content", File.ReadAllText(folder["model"]));
        Assert.Equal(["model"], folder.Names, StringComparer.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_target_that_cannot_be_written_is_named(string format)
    {
        // The tests may run as root, whom no permission stops: a folder that is a file, one that is absent, a target that is a folder.
        using var folder = new TemporaryFolder();
        folder.Write("file", []);
        Directory.CreateDirectory(folder["taken"]);
        foreach (string target in (string[])[folder["file/model"], folder["absent/model"], folder["taken"]])
        {
            Exception? exception = Record.Exception(() => WriteAs(format, target, Sample()));
            Assert.True(exception is IOException or UnauthorizedAccessException, $"{target}: {exception}");
            Assert.Contains($"Cannot write {target}:", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["file", "taken"], folder.Names, StringComparer.Ordinal);
    }

    /// <summary>Memory whose span cannot be had: a stand-in for whatever stops a write in the middle.</summary>
    private sealed class FailingMemory : System.Buffers.MemoryManager<double>
    {
        public override Memory<double> Memory => CreateMemory(2);

        public override Span<double> GetSpan() => throw new InvalidTimeZoneException("the write was stopped");

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
