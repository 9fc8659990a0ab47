using System.Buffers;
using Staircase.Kernels;

namespace Staircase.Transformers;

/// <summary>
/// Sequences in blocks in which the same number of each sequence lies side by side, as <see cref="QueryAttention"/> reads them; the last
/// block is filled up with zeros.
/// </summary>
internal sealed class TokenBlocks
{
    private readonly ISequenceSource _source;
    private readonly Action<int> _load;
    private readonly ThreadTeam _team;
    private double[] _tokens = [];
    private double[] _targets = [];
    private long _first;

    public TokenBlocks(ISequenceSource source, ThreadTeam team)
    {
        _source = source;
        _team = team;
        _load = Load;
    }

    /// <summary>Sequences in a block.</summary>
    public static int BlockLength => QueryAttention.BlockLength<double>();

    /// <summary>Numbers in a block of tokens.</summary>
    public int BlockSize => (_source.ContextLength + 1) * (_source.InputDimension + 1) * BlockLength;

    /// <summary>Sequences held.</summary>
    public int Count { get; private set; }

    /// <summary>Blocks held.</summary>
    public int Blocks => (Count + BlockLength - 1) / BlockLength;

    /// <summary>A block of tokens, [N+1, D+1, <see cref="BlockLength"/>].</summary>
    public ReadOnlySpan<double> Tokens(int block) => _tokens.AsSpan(block * BlockSize, BlockSize);

    /// <summary>The targets of a block's sequences; as many as it has.</summary>
    public ReadOnlySpan<double> Targets(int block) =>
        _targets.AsSpan(block * BlockLength, Min(BlockLength, Count - block * BlockLength));

    /// <summary>
    /// Replaces what is held by <paramref name="count"/> sequences from number <paramref name="first"/> on, going round at the end of the
    /// source.
    /// </summary>
    public void Load(long first, int count)
    {
        Count = count;
        _first = first;
        if (_targets.Length < Blocks * BlockLength)
        {
            _tokens = new double[checked(Blocks * BlockSize)];
            _targets = new double[Blocks * BlockLength];
        }

        _team.Run(Blocks, _load);
    }

    private void Load(int block)
    {
        int L = BlockLength, length = BlockSize / L;
        Span<double> destination = _tokens.AsSpan(block * BlockSize, BlockSize);
        double[] rented = ArrayPool<double>.Shared.Rent(length);
        Span<double> tokens = rented.AsSpan(0, length);
        for (int lane = 0; lane < L; lane++)
        {
            int i = block * L + lane;
            if (i < Count)
                _targets[i] = _source.Read((_first + i) % _source.Count, tokens);
            else
                tokens.Clear();
            for (int k = 0; k < length; k++)
                destination[k * L + lane] = tokens[k];
        }

        ArrayPool<double>.Shared.Return(rented);
    }
}
