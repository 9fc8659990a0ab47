using System.Globalization;

namespace Staircase;

/// <summary>Which steps are taken: every K-th, or K a decade. Step 0 always is.</summary>
/// <param name="IsLogarithmic">Whether <paramref name="Count"/> is a number a decade.</param>
/// <param name="Count">K, positive.</param>
public sealed record Schedule(bool IsLogarithmic, int Count)
{
    /// <summary>Every step.</summary>
    public static Schedule All { get; } = Every(1);

    /// <summary>Every K-th step; K is brought to between 1 and the largest whole number there is.</summary>
    public static Schedule Every(long count) => new(false, (int)Clamp(count, 1, int.MaxValue));

    /// <summary>K steps a decade.</summary>
    public static Schedule PerDecade(int count) => new(true, count);

    /// <summary>Whether a step is taken.</summary>
    public bool Includes(long step)
    {
        if (!IsLogarithmic)
            return step % Count == 0;
        return step == 0 || Floor(Count * Log10(step)) > (step == 1 ? -1 : Floor(Count * Log10(step - 1)));
    }

    /// <summary>The last step taken, up to a given one.</summary>
    public long LastUpTo(long step)
    {
        while (!Includes(step))
            step = IsLogarithmic ? step - 1 : step - step % Count;
        return step;
    }

    /// <summary>The first step taken after a given one, up to a limit.</summary>
    public long NextAfter(long step, long limit)
    {
        if (!IsLogarithmic)
            return Min(limit, step - step % Count + Count);
        for (step++; step < limit && !Includes(step);)
            step++;
        return Min(step, limit);
    }

    /// <summary>A schedule that takes about so many times as many steps.</summary>
    public Schedule Denser(int factor) => this with { Count = IsLogarithmic ? Count * factor : Max(1, Count / factor) };

    /// <summary>Reads <c>every:K</c> or <c>log:K</c>.</summary>
    /// <exception cref="FormatException">It is neither; the message says what was expected.</exception>
    public static Schedule Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        return parts is ["every" or "log", var number]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? new(parts[0] == "log", count)
            : throw new FormatException($"must be every:K or log:K with a positive K; found '{text}'.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{(IsLogarithmic ? "log" : "every")}:{Count}";
}
