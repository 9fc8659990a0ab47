namespace Staircase.Checkpoints.Tests;

/// <summary>The table of element types against the names themselves, which say the sizes.</summary>
public sealed class ElementTypeTests
{
    public static TheoryData<ElementType> Known => [.. Enum.GetValues<ElementType>().Where(type => type != ElementType.Unknown)];

    [Theory]
    [MemberData(nameof(Known))]
    public void A_type_is_named_as_it_is_called_and_of_the_size_in_its_name(ElementType type)
    {
        string name = type.SafetensorsName();
        Assert.Equal($"{type}", name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        string digits = string.Concat(name.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit));
        Assert.Equal(digits.Length == 0 ? "8" : digits, $"{type.BitSize()}"); // a boolean is a byte
    }

    [Fact]
    public void What_is_unknown_has_no_size()
    {
        Assert.Equal(0, ElementType.Unknown.BitSize());
        Assert.False(ElementType.Unknown.IsReadable());
    }
}
