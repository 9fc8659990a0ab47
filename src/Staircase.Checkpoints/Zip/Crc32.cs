namespace Staircase.Checkpoints;

/// <summary>The CRC-32 of zip (reflected polynomial 0xEDB88320).</summary>
/// <remarks>Written here because ZipArchive does not verify it on reading, and System.IO.Hashing would be a package for 20 lines.</remarks>
internal struct Crc32
{
    private static readonly uint[] Table = BuildTable();

    private uint _value;

    public readonly uint Value => _value;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        uint register = ~_value;
        foreach (byte value in bytes)
            register = Table[(byte)(register ^ value)] ^ (register >> 8);
        _value = ~register;
    }

    private static uint[] BuildTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint register = i;
            for (int bit = 0; bit < 8; bit++)
                register = (register & 1) != 0 ? (register >> 1) ^ 0xEDB88320u : register >> 1;
            table[i] = register;
        }

        return table;
    }
}
