using System.Globalization;

namespace Staircase.Lab;

/// <summary>Which steps are recorded: every K-th, or K per factor of ten.</summary>
/// <param name="IsLogarithmic">Whether <see cref="Count"/> is per decade.</param>
/// <param name="Count">K.</param>
public sealed record RecordSchedule(bool IsLogarithmic, int Count)
{
    /// <summary>Whether a step is recorded; step 0 always is.</summary>
    public bool Includes(long step)
    {
        if (!IsLogarithmic)
            return step % Count == 0;
        return step == 0 || Math.Floor(Count * Math.Log10(step)) > (step == 1 ? -1 : Math.Floor(Count * Math.Log10(step - 1)));
    }

    /// <summary>The schedule with about <paramref name="factor"/> times as many steps.</summary>
    public RecordSchedule Denser(int factor) => this with { Count = IsLogarithmic ? Count * factor : Math.Max(1, Count / factor) };

    /// <summary>Reads <c>every:K</c> or <c>log:K</c>.</summary>
    /// <exception cref="InputException">It is neither.</exception>
    public static RecordSchedule Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        if (parts[0] is not ("every" or "log") || parts.Length < 2
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1)
        {
            throw new InputException($"A schedule must be every:K or log:K with a positive K; found '{text}'.");
        }

        return new(parts[0] == "log", count);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{(IsLogarithmic ? "log" : "every")}:{Count}";
}
