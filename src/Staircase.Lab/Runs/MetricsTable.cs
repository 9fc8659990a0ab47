using System.Globalization;
using System.Text;
using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>The recorded points of a run as CSV: <c>step,time,loss</c> and columns of the kind of experiment, <c>m1,…,mD</c> of a regression; numbers read back to the same bits.</summary>
public sealed class MetricsTable : IDisposable
{
    private readonly StreamWriter _writer;
    private readonly StringBuilder _line = new();

    private MetricsTable(StreamWriter writer) => _writer = writer;

    /// <summary>Starts a table with the points known so far, replacing the old one as a whole.</summary>
    public static MetricsTable Start(RunFolder folder, int modes, IReadOnlyList<TrajectoryPoint> known) => Start(folder, [.. Enumerable.Range(1, modes).Select(d => $"m{d}")], known);

    /// <summary>Starts a table with the points known so far, replacing the old one as a whole.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="columns">What is recorded after step, time and loss.</param>
    /// <param name="known">The points, with as many strengths.</param>
    public static MetricsTable Start(RunFolder folder, IReadOnlyList<string> columns, IReadOnlyList<TrajectoryPoint> known)
    {
        MetricsTable? table = null;
        folder.Guard(() =>
        {
            AtomicFile.Write(folder.MetricsPath, stream =>
            {
                using var head = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
                head.Write(string.Join(',', ["step", "time", "loss", .. columns]));
                head.Write('\n');
                using var rows = new MetricsTable(head);
                foreach (TrajectoryPoint point in known)
                    rows.Add(point);
            }, durable: false);
            table = new(new StreamWriter(folder.MetricsPath, append: true, new UTF8Encoding(false), 1 << 16));
        });
        return table!;
    }

    /// <summary>Reads a table.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="modes">D, or the number of columns after step, time and loss.</param>
    /// <param name="upToStep">Later rows are left out: a killed run may have recorded more than its last checkpoint knows.</param>
    /// <exception cref="InputException">The file is missing or a row is broken; a last row cut short by a kill is dropped.</exception>
    public static IReadOnlyList<TrajectoryPoint> Read(RunFolder folder, int modes, long upToStep = long.MaxValue)
    {
        string path = folder.MetricsPath;
        string[] lines;
        try
        {
            lines = File.ReadAllText(path).Split('\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {exception.Message}", exception);
        }

        var points = new List<TrajectoryPoint>(lines.Length);
        if (lines[0].Split(',').Length != 3 + modes)
            throw new InputException($"{path}, line 1: expected the columns step,time,loss and {modes} strengths, found '{lines[0]}'.");
        for (int i = 1; i < lines.Length - 1; i++)
        {
            string[] cells = lines[i].Split(',');
            if (cells.Length != 3 + modes || !long.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out long step))
                throw new InputException($"{path}, line {i + 1}: expected {3 + modes} numbers, found '{lines[i]}'.");
            if (step > upToStep)
                break;
            var numbers = new double[cells.Length - 1];
            for (int c = 1; c < cells.Length; c++)
            {
                if (!double.TryParse(cells[c], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[c - 1]))
                    throw new InputException($"{path}, line {i + 1}: '{cells[c]}' is not a number.");
            }

            points.Add(new(step, numbers[0], numbers[1], numbers[2..]));
        }

        return points;
    }

    /// <summary>Adds a row.</summary>
    public void Add(TrajectoryPoint point)
    {
        _line.Clear().Append(point.Step);
        Append(point.Time);
        Append(point.Loss);
        foreach (double strength in point.Strengths)
            Append(strength);
        _line.Append('\n');
        _writer.Write(_line);

        void Append(double number) => _line.Append(CultureInfo.InvariantCulture, $",{number:R}");
    }

    /// <summary>Hands every row to the operating system, so that a kill cannot lose it.</summary>
    public void Flush() => _writer.Flush();

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
