using System.Numerics;

namespace Staircase.Checkpoints;

/// <summary>
/// A matrix made of others: <c>(a b | c, 0[h 1])</c> has the product of a and b above c with a column of zeros beside it; <c>1[d]</c> is an
/// identity.
/// </summary>
internal abstract record MatrixFormula
{
    /// <summary>The matrices that it is made of.</summary>
    public abstract IEnumerable<string> Names { get; }

    /// <summary>Whether its entries are entries of the others, or 0 or 1: nothing is rounded.</summary>
    public virtual bool IsExact => true;

    /// <summary>How many rows and columns it has, given those of the others.</summary>
    /// <exception cref="InvalidOperationException">Their sizes do not go together.</exception>
    public abstract (long Rows, long Columns) Size(Func<string, (long Rows, long Columns)> size, SizeSystem sizes);

    /// <summary>What it is, given the others.</summary>
    public abstract double[,] Of(Func<string, double[,]> matrix, SizeSystem sizes);

    /// <summary>A matrix by its name.</summary>
    internal sealed record Named(string Name) : MatrixFormula
    {
        public override IEnumerable<string> Names => [Name];

        public override (long Rows, long Columns) Size(Func<string, (long Rows, long Columns)> size, SizeSystem sizes) => size(Name);

        public override double[,] Of(Func<string, double[,]> matrix, SizeSystem sizes) => matrix(Name);

        public override string ToString() => Name;
    }

    /// <summary>Zeros, or an identity where there is one axis.</summary>
    internal sealed record Constant(IReadOnlyList<AxisFactor> Axes) : MatrixFormula
    {
        public override IEnumerable<string> Names => [];

        public override (long Rows, long Columns) Size(Func<string, (long Rows, long Columns)> size, SizeSystem sizes) =>
            (sizes.Length(Axes[0]), sizes.Length(Axes[^1]));

        public override double[,] Of(Func<string, double[,]> matrix, SizeSystem sizes)
        {
            var constant = new double[sizes.Length(Axes[0]), sizes.Length(Axes[^1])];
            for (int i = 0; Axes.Count == 1 && i < constant.GetLength(0); i++)
                constant[i, i] = 1;
            return constant;
        }

        public override string ToString() => $"{(Axes.Count == 1 ? 1 : 0)}[{string.Join(' ', Axes)}]";
    }

    internal sealed record Product(MatrixFormula Left, MatrixFormula Right) : MatrixFormula
    {
        public override IEnumerable<string> Names => [.. Left.Names, .. Right.Names];

        public override bool IsExact => false;

        public override (long Rows, long Columns) Size(Func<string, (long Rows, long Columns)> size, SizeSystem sizes)
        {
            (long rows, long inner) = Left.Size(size, sizes);
            (long second, long columns) = Right.Size(size, sizes);
            return inner == second ? (rows, columns)
                : throw new InvalidOperationException($"{this} is {rows}×{inner} times {second}×{columns}");
        }

        public override double[,] Of(Func<string, double[,]> matrix, SizeSystem sizes)
        {
            double[,] a = Left.Of(matrix, sizes), b = Right.Of(matrix, sizes);
            int rows = a.GetLength(0), inner = a.GetLength(1), columns = b.GetLength(1);
            var product = new double[rows, columns];
            for (int i = 0; i < rows; i++)
            {
                Span<double> row = Row(product, i);
                for (int k = 0; k < inner; k++)
                    AddScaled(row, a[i, k], Row(b, k));
            }

            return product;
        }

        public override string ToString() => $"{Left} {Right}";

        private static Span<double> Row(double[,] matrix, int i) =>
            System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref matrix[i, 0], matrix.GetLength(1));

        private static void AddScaled(Span<double> sum, double factor, ReadOnlySpan<double> row)
        {
            int j = 0;
            for (; j + Vector<double>.Count <= row.Length; j += Vector<double>.Count)
                (new Vector<double>(sum[j..]) + factor * new Vector<double>(row[j..])).CopyTo(sum[j..]);
            for (; j < row.Length; j++)
                sum[j] += factor * row[j];
        }
    }

    /// <summary>Matrices beside each other, or one above the other.</summary>
    internal sealed record Stack(IReadOnlyList<MatrixFormula> Parts, bool Beside) : MatrixFormula
    {
        public override IEnumerable<string> Names => Parts.SelectMany(part => part.Names);

        public override bool IsExact => Parts.All(part => part.IsExact);

        public override (long Rows, long Columns) Size(Func<string, (long Rows, long Columns)> size, SizeSystem sizes)
        {
            (long Rows, long Columns)[] parts = [.. Parts.Select(part => part.Size(size, sizes))];
            (long rows, long columns) = parts[0];
            return Array.TrueForAll(parts, part => Beside ? part.Rows == rows : part.Columns == columns)
                ? Beside ? (rows, parts.Sum(part => part.Columns)) : (parts.Sum(part => part.Rows), columns)
                : throw new InvalidOperationException($"the parts of {this} are not of one {(Beside ? "height" : "width")}");
        }

        public override double[,] Of(Func<string, double[,]> matrix, SizeSystem sizes)
        {
            double[][,] parts = [.. Parts.Select(part => part.Of(matrix, sizes))];
            int along = Beside ? 1 : 0, across = 1 - along, width = parts[0].GetLength(across);
            int length = parts.Sum(part => part.GetLength(along));
            double[,] stack = Beside ? new double[width, length] : new double[length, width];
            int at = 0;
            foreach (double[,] part in parts)
            {
                for (int i = 0; i < part.GetLength(0); i++)
                {
                    for (int j = 0; j < part.GetLength(1); j++)
                        stack[Beside ? i : at + i, Beside ? at + j : j] = part[i, j];
                }

                at += part.GetLength(along);
            }

            return stack;
        }

        public override string ToString() => $"({string.Join(Beside ? ", " : " | ", Parts)})";
    }
}
