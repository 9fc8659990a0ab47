using System.Numerics;
using System.Runtime.InteropServices;

namespace Staircase.Checkpoints;

/// <summary>
/// Looks through a series before anything is measured: repeated and stale checkpoints and shards, changed shapes and types, jumps, values
/// that are not finite.
/// </summary>
/// <remarks>
/// Every tensor is read once, a buffer at a time; what stays is a 128-bit hash and a norm a tensor a checkpoint. The hash tells accidents,
/// not forgeries. Of one well-known model 86 of 154 published steps once held the final weights: nothing but a comparison of all with all
/// shows that.
/// </remarks>
public sealed class CheckpointAudit
{
    private const double LeastJump = 0.25, JumpOverUsual = 8;
    private const int LeastForJumps = 6;

    private readonly List<CheckpointReference> _checkpoints = [];
    private readonly List<Dictionary<string, Digest>> _digests = [];
    private readonly Dictionary<string, string> _names = new();
    private readonly Dictionary<string, string> _kinds = new();

    /// <summary>What is kept of a tensor: type and shape as text, shared between checkpoints.</summary>
    private readonly record struct Digest(UInt128 Hash, double Norm, long NotFinite, string Kind, string File);

    /// <summary>Reads a checkpoint through; checkpoints come in the order of their steps.</summary>
    /// <exception cref="CheckpointFormatException">A tensor cannot be read.</exception>
    public void Add(CheckpointReference checkpoint, ITensorSource source, CancellationToken cancellation = default)
    {
        TensorInfo[] tensors = [.. source.Tensors];
        var digests = new Digest[tensors.Length];
        var failures = new Exception?[tensors.Length];
        var parallel = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = ReadingThreads.Count };
        Parallel.For(0, tensors.Length, parallel, i =>
        {
            try
            {
                digests[i] = Read(source, tensors[i]);
            }
            catch (CheckpointFormatException exception)
            {
                failures[i] = exception;
            }
        });
        if (Array.Find(failures, failure => failure is not null) is { } first)
            throw first;
        var named = new Dictionary<string, Digest>(tensors.Length);
        for (int i = 0; i < tensors.Length; i++)
        {
            Digest digest = digests[i];
            named[Shared(_names, tensors[i].Name)] = digest with { Kind = Shared(_kinds, digest.Kind), File = Shared(_names, digest.File) };
        }

        _checkpoints.Add(checkpoint);
        _digests.Add(named);
    }

    /// <summary>What was found, in order of steps.</summary>
    public IReadOnlyList<AuditFinding> Findings() =>
    [
        .. Repeated().Concat(Stale()).Concat(Changed()).Concat(NotFinite()).Concat(Jumps())
            .OrderBy(finding => finding.Step).ThenBy(finding => finding.Kind),
    ];

    private IEnumerable<AuditFinding> Repeated()
    {
        var first = new Dictionary<UInt128, int>();
        for (int i = 0; i < _digests.Count; i++)
        {
            UInt128 all = Whole(_digests[i]);
            if (!first.TryAdd(all, i))
            {
                string same = $"{At(i)} holds the same weights as {At(first[all])}, all {_digests[i].Count} tensors";
                yield return Found(AuditKind.Repeated, i, same);
            }
        }
    }

    /// <summary>Tensors that stand still between two checkpoints while others move, though they move elsewhere in the series.</summary>
    private IEnumerable<AuditFinding> Stale()
    {
        string[] moving = [.. _names.Keys.Where(name =>
            _digests.Where(d => d.ContainsKey(name)).Select(d => d[name].Hash).Distinct().Skip(1).Any())];
        for (int i = 1; i < _digests.Count; i++)
        {
            Dictionary<string, Digest> now = _digests[i], before = _digests[i - 1];
            string[] both = [.. moving.Where(name => now.ContainsKey(name) && before.ContainsKey(name))];
            string[] still = [.. both.Where(name => now[name].Hash == before[name].Hash)];
            if (still.Length == 0 || still.Length == both.Length)
                continue;
            bool isShard = still.Select(name => now[name].File).Distinct().ToArray() is [var file]
                && both.Any(name => now[name].File != file) && both.Where(name => now[name].File == file).All(still.Contains);
            string where = isShard ? $"all of the shard {Path.GetFileName(now[still[0]].File)}" : DisplayText.Some(still);
            yield return Found(AuditKind.Stale, i, $"{Between(i)} {still.Length} of {both.Length} tensors did not change at all: {where}");
        }
    }

    private IEnumerable<AuditFinding> Changed()
    {
        for (int i = 1; i < _digests.Count; i++)
        {
            Dictionary<string, Digest> now = _digests[i], before = _digests[i - 1];
            string[] gone = [.. before.Keys.Where(name => !now.ContainsKey(name))];
            string[] fresh = [.. now.Keys.Where(name => !before.ContainsKey(name))];
            string[] other = [.. now.Keys.Where(name => before.TryGetValue(name, out Digest old) && old.Kind != now[name].Kind)];
            if (gone.Length > 0)
                yield return Found(AuditKind.Changed, i, $"{At(i)} lacks {gone.Length} tensors of {At(i - 1)}: {DisplayText.Some(gone)}");
            if (fresh.Length > 0)
                yield return Found(AuditKind.Changed, i, $"{At(i)} has {fresh.Length} tensors that {At(i - 1)} lacks: "
                    + $"{DisplayText.Some(fresh)}");
            if (other.Length > 0)
            {
                string first = $"{DisplayText.Quote(other[0])} from {before[other[0]].Kind} to {now[other[0]].Kind}",
                    more = other.Length > 1 ? ", …" : "";
                yield return Found(AuditKind.Changed, i, $"at {At(i)} {other.Length} tensors change type or shape: {first}{more}");
            }
        }
    }

    private IEnumerable<AuditFinding> NotFinite()
    {
        for (int i = 0; i < _digests.Count; i++)
        {
            foreach ((string name, Digest digest) in _digests[i])
            {
                string values = $"{digest.NotFinite} values that are not finite";
                if (digest.NotFinite > 0)
                    yield return Found(AuditKind.NotFinite, i, $"{At(i)}: {DisplayText.Quote(name)} has {values}");
            }
        }
    }

    /// <summary>Norms that change between neighbours far more than they usually do.</summary>
    private IEnumerable<AuditFinding> Jumps()
    {
        if (_digests.Count < LeastForJumps)
            yield break;
        var jumps = new Dictionary<int, List<(string Name, double Factor)>>();
        foreach (string name in _names.Keys)
        {
            double[] norms = [.. _digests.Select(d => d.TryGetValue(name, out Digest digest) ? digest.Norm : double.NaN)];
            double[] steps = [.. Range(1, norms.Length - 1).Select(i => Log(norms[i] / norms[i - 1]))];
            double[] sizes = [.. steps.Select(Abs).Where(double.IsFinite).Order()];
            if (sizes.Length == 0)
                continue;
            double usual = sizes[sizes.Length / 2];
            for (int i = 0; i < steps.Length; i++)
            {
                if (double.IsFinite(steps[i]) && Abs(steps[i]) > LeastJump && Abs(steps[i]) > JumpOverUsual * usual)
                {
                    if (!jumps.TryGetValue(i + 1, out List<(string, double)>? list))
                        jumps.Add(i + 1, list = []);
                    list.Add((name, Exp(steps[i])));
                }
            }
        }

        foreach ((int i, List<(string Name, double Factor)> tensors) in jumps)
        {
            (string name, double factor) = tensors.MaxBy(t => Abs(Log(t.Factor)));
            string most = $"{DisplayText.Quote(name)} most, by a factor of {factor.ToString("G3", InvariantCulture)}";
            yield return Found(AuditKind.Jump, i, $"{Between(i)} the norms of {tensors.Count} tensors jump, {most}");
        }
    }

    private AuditFinding Found(AuditKind kind, int i, string text) => new(kind, _checkpoints[i].Step, text);

    private string At(int i) => $"step {_checkpoints[i].Step}";

    private string Between(int i) => $"from {At(i - 1)} to {_checkpoints[i].Step}";

    private static UInt128 Whole(Dictionary<string, Digest> digests)
    {
        UInt128 sum = 0; // in any order
        foreach ((string name, Digest digest) in digests)
            sum += digest.Hash * (UInt128)(2 * Crc(name) + 1);
        return sum;

        static ulong Crc(string name)
        {
            ulong hash = 14695981039346656037;
            foreach (char c in name)
                hash = (hash ^ c) * 1099511628211;
            return hash >> 1;
        }
    }

    private static string Shared(Dictionary<string, string> known, string text)
    {
        if (!known.TryGetValue(text, out string? shared))
            known.Add(text, shared = text);
        return shared;
    }

    private static Digest Read(ITensorSource source, TensorInfo tensor)
    {
        string kind = $"{tensor.TypeName} {TensorShape.Format(tensor.Shape.AsSpan())}";
        if (!tensor.ElementType.IsReadable())
            return new(0, double.NaN, 0, kind, source.FileOf(tensor.Name));
        var content = new Content();
        source.Visit(tensor.Name, content.Add);
        return new(content.Hash, Sqrt(content.SquaredSum), content.NotFinite, kind, source.FileOf(tensor.Name));
    }

    /// <summary>Hash, sum of squares and number of not finite values, in one pass.</summary>
    private sealed class Content
    {
        private const ulong Prime = 0x9E3779B97F4A7C15;

        private ulong _a = 1, _b = 2, _c = 3, _d = 4;
        private int _phase;

        public double SquaredSum { get; private set; }

        public long NotFinite { get; private set; }

        public UInt128 Hash =>
            new(BitOperations.RotateLeft(_a * Prime, 31) ^ _b, BitOperations.RotateLeft(_c * Prime, 29) ^ (_d + (ulong)_phase));

        public void Add(ReadOnlySpan<double> values)
        {
            ReadOnlySpan<ulong> bits = MemoryMarshal.Cast<double, ulong>(values);
            double sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
            int i = 0;
            (ulong a, ulong b, ulong c, ulong d) = (_a, _b, _c, _d);
            for (; i + 4 <= values.Length; i += 4)
            {
                a = BitOperations.RotateLeft((a ^ bits[i]) * Prime, 27);
                b = BitOperations.RotateLeft((b ^ bits[i + 1]) * Prime, 27);
                c = BitOperations.RotateLeft((c ^ bits[i + 2]) * Prime, 27);
                d = BitOperations.RotateLeft((d ^ bits[i + 3]) * Prime, 27);
                sum0 += values[i] * values[i];
                sum1 += values[i + 1] * values[i + 1];
                sum2 += values[i + 2] * values[i + 2];
                sum3 += values[i + 3] * values[i + 3];
            }

            for (; i < values.Length; i++)
            {
                a = BitOperations.RotateLeft((a ^ bits[i]) * Prime, 23);
                sum0 += values[i] * values[i];
                _phase++;
            }

            (_a, _b, _c, _d) = (a, b, c, d);
            double sum = sum0 + sum1 + sum2 + sum3;
            if (!double.IsFinite(sum))
            {
                foreach (double value in values)
                    NotFinite += double.IsFinite(value) ? 0 : 1;
            }

            SquaredSum += sum;
        }
    }
}

/// <summary>Something in a series that a reader of its measures must know.</summary>
/// <param name="Step">At which checkpoint.</param>
/// <param name="Text">What, in words.</param>
public sealed record AuditFinding(AuditKind Kind, long Step, string Text);

/// <summary>Kinds of findings.</summary>
public enum AuditKind
{
    /// <summary>The same weights at two steps.</summary>
    Repeated,

    /// <summary>A part that did not move while the rest did.</summary>
    Stale,

    /// <summary>Names, types or shapes that change.</summary>
    Changed,

    /// <summary>NaN or infinity.</summary>
    NotFinite,

    /// <summary>A norm that jumps.</summary>
    Jump,
}
