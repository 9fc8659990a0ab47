namespace Staircase.Transformers.Tests;

public class OperationTests
{
    public static TheoryData<int> Moduli => [2, 3, 6, 7, 12, 23];

    [Theory]
    [MemberData(nameof(Moduli))]
    public void Operations_are_those_of_the_integers(int p)
    {
        OperationTable[] operations = [OperationTable.Addition(p), OperationTable.Subtraction(p), OperationTable.Multiplication(p)];
        foreach (OperationTable operation in operations)
        {
            for (int a = 0; a < p; a++)
            {
                for (int b = 0; b < p; b++)
                {
                    long exact = operation.Name.Split(' ')[0] switch { "addition" => a + b, "subtraction" => a - b, _ => (long)a * b };
                    Assert.Equal(((exact % p) + p) % p, operation[a, b]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Moduli))]
    public void Places_on_the_circle_make_every_operation_an_addition(int p)
    {
        OperationTable[] operations = [OperationTable.Addition(p), OperationTable.Subtraction(p), OperationTable.Multiplication(p)];
        foreach (OperationTable operation in operations)
        {
            bool prime = Enumerable.Range(2, p - 2).All(k => p % k != 0);
            Assert.Equal(prime || !operation.Name.StartsWith("mul", StringComparison.Ordinal), operation.Order is not null);
            if (operation.Order is not { } order)
                continue;
            for (int a = 0; a < p; a++)
            {
                for (int b = 0; b < p; b++)
                {
                    if (order[a] < 0 || order[b] < 0)
                        Assert.Equal(0, operation[a, b]);
                    else
                        Assert.Equal((order[a] + (order.Sign * order[b]) + order.Length) % order.Length, order[operation[a, b]]);
                }
            }

            Assert.Equal(order.Length, Enumerable.Range(0, p).Select(token => order[token]).Where(place => place >= 0).Distinct().Count());
        }
    }

    [Fact]
    public void A_split_has_every_pair_once_and_depends_on_the_seed_alone()
    {
        OperationTable operation = OperationTable.Addition(11);
        (PairSet training, PairSet test) = PairSet.Split(operation, 0.3, 1);
        Assert.Equal(36, training.Count);
        Assert.Equal(121, Pairs(training).Concat(Pairs(test)).Distinct().Count());
        Assert.Equal(121, training.Count + test.Count);
        Assert.Equal(Pairs(training), Pairs(PairSet.Split(operation, 0.3, 1).Training));
        Assert.NotEqual(Pairs(training), Pairs(PairSet.Split(operation, 0.3, 2).Training));
        for (int i = 0; i < test.Count; i++)
            Assert.Equal((test.First[i] + test.Second[i]) % 11, test.Targets[i]);

        static IEnumerable<(int, int)> Pairs(PairSet set) => set.First.Zip(set.Second);
    }

    [Fact]
    public void Shuffled_results_are_the_same_ones_elsewhere()
    {
        OperationTable operation = OperationTable.Addition(11);
        PairSet plain = PairSet.Split(operation, 0.5, 1).Training, shuffled = PairSet.Split(operation, 0.5, 1, shuffled: true).Training;
        Assert.Equal(plain.First, shuffled.First);
        Assert.Equal(plain.Targets.Order(), shuffled.Targets.Order());
        Assert.True(plain.Targets.Zip(shuffled.Targets).Count(pair => pair.First == pair.Second) < plain.Count / 3);
    }

    [Fact]
    public void Broken_tables_and_fractions_are_refused()
    {
        Refused("row 2 has 1 results", () => OperationTable.Of("own", [[0, 1], [1]]));
        Refused("Row 1, column 2 of the operation table is -1", () => OperationTable.Of("own", [[0, -1], [1, 1]]));
        Refused("at least 2 rows, not 0", () => OperationTable.Of("own", []));
        Refused("must be at least 2, not 1", () => OperationTable.Addition(1));
        Refused("found 0.001", () => PairSet.Split(OperationTable.Addition(5), 0.001, 1));
        Refused("found 1.5", () => PairSet.Split(OperationTable.Addition(5), 1.5, 1));

        static void Refused(string message, Action action) =>
            Assert.Contains(message, Assert.Throws<ArgumentException>(action).Message, StringComparison.Ordinal);
    }
}
