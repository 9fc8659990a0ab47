using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Staircase.Checkpoints.Tests;

/// <summary>Writes values as torch.save does: a pickle of protocol 2 and a member a storage.</summary>
internal sealed class Pickles
{
    private readonly List<byte> _pickle = [0x80, 2];
    private readonly List<(string Name, byte[] Data)> _storages = [];

    /// <summary>A number, text, list, dict (by pairs), tuple, matrix of floats, or raw opcodes.</summary>
    public static byte[] File(object value)
    {
        var writer = new Pickles();
        writer.Put(value);
        writer._pickle.Add((byte)'.');
        return Bytes.Zip(
            CompressionLevel.NoCompression,
            [("a/data.pkl", [.. writer._pickle]), .. writer._storages, ("a/version", "3\n"u8.ToArray())]);
    }

    /// <summary>A dict.</summary>
    public static (string, object)[] Dict(params (string, object)[] items) => items;

    private void Put(object value)
    {
        switch (value)
        {
            case int number:
                Add('J', Int32(number));
                break;
            case double number:
                byte[] bits = new byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(bits, number);
                Add('G', bits);
                break;
            case string text:
                Add('X', [.. Int32(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)]);
                break;
            case (string, object)[] dict:
                Add('}', []);
                Add('(', []);
                foreach ((string key, object item) in dict)
                {
                    Put(key);
                    Put(item);
                }

                Add('u', []);
                break;
            case object[] list:
                Add(']', []);
                Add('(', []);
                foreach (object item in list)
                    Put(item);
                Add('e', []);
                break;
            case float[,] matrix:
                Matrix(matrix);
                break;
            case byte[] opcodes:
                _pickle.AddRange(opcodes);
                break;
            default:
                throw new ArgumentException($"{value.GetType()}");
        }
    }

    private void Matrix(float[,] matrix)
    {
        string key = $"{_storages.Count}";
        _storages.Add(($"a/data/{key}", [.. matrix.Cast<float>().SelectMany(BitConverter.GetBytes)]));
        _pickle.AddRange("ctorch._utils\n_rebuild_tensor_v2\n((X\a\0\0\0storagectorch\nFloatStorage\n"u8);
        Put(key);
        Put("cpu");
        Put(matrix.Length);
        _pickle.AddRange("tQ"u8);
        Put(0);
        Put(matrix.GetLength(0));
        Put(matrix.GetLength(1));
        _pickle.Add(0x86);
        Put(matrix.GetLength(1));
        Put(1);
        _pickle.AddRange([0x86, 0x89, (byte)'N', (byte)'t', (byte)'R']);
    }

    private void Add(char opcode, byte[] arguments)
    {
        _pickle.Add((byte)opcode);
        _pickle.AddRange(arguments);
    }

    private static byte[] Int32(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
