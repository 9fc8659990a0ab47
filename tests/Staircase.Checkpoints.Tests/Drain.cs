namespace Staircase.Checkpoints.Tests;

/// <summary>Opens a file and reads everything that can be read in it.</summary>
internal static class Drain
{
    public static void Safetensors(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        All(file);
    }

    public static void All(SafetensorsFile file)
    {
        foreach (TensorInfo tensor in file.Tensors.Where(tensor => tensor.ElementType.IsReadable()))
            Assert.Equal(tensor.ElementCount, file.ReadDouble(tensor.Name).Length);
    }

    public static void Npz(string path)
    {
        using NpzFile file = NpzFile.Open(path);
        foreach (string name in file.Names)
        {
            Assert.True(file.TryGetInfo(name, out TensorInfo? info));
            Assert.Equal(info.ElementCount, file.Read(name).Values.Length);
        }
    }

    /// <summary>How many tensors of a file <see cref="Any"/> reads: several may share their numbers.</summary>
    public const int MostTensors = 64;

    public static void Any(string path)
    {
        using ITensorSource file = CheckpointFile.Open(path);
        foreach (TensorInfo tensor in file.Tensors.Where(tensor => tensor.ElementType.IsReadable()).Take(MostTensors))
        {
            long seen = 0;
            file.Visit(tensor.Name, part => seen += part.Length);
            Assert.True(seen <= tensor.ElementCount, $"{tensor.Name}: {seen} of {tensor.ElementCount} elements");
            if (seen == tensor.ElementCount) // else expanded
                Assert.Equal(seen, file.ReadDouble(tensor.Name).Length);
        }
    }

    public static void Npy(string path) => Assert.Equal(NpyReader.ReadInfo(path).ElementCount, NpyReader.Read(path).Values.Length);
}
