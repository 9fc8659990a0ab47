using System.Collections.Immutable;

namespace Staircase.Checkpoints;

/// <summary>Parses the one Python expression an npy header may be; nothing is evaluated.</summary>
/// <remarks>
/// <c>{'descr': '&lt;f8', 'fortran_order': False, 'shape': (3, 4), }</c>: the three keys once each, in any order; strings
/// without escapes, True or False, a tuple of non-negative integers (with Python 2's <c>L</c>, which old files have).
/// </remarks>
internal sealed class NpyHeaderParser(string text, int textOffset, ErrorContext context)
{
    private int _at;

    public NpyHeaderFields Parse()
    {
        string? typeName = null;
        bool? fortranOrder = null;
        ImmutableArray<long> shape = default;
        Require('{');
        while (!Accept('}'))
        {
            int keyAt = _at;
            string key = ReadString();
            Require(':');
            bool repeated;
            switch (key)
            {
                case "descr":
                    repeated = typeName is not null;
                    typeName = ReadTypeName();
                    break;
                case "fortran_order":
                    repeated = fortranOrder is not null;
                    fortranOrder = ReadBoolean();
                    break;
                case "shape":
                    repeated = !shape.IsDefault;
                    shape = ReadShape();
                    break;
                default:
                    throw Fail(keyAt, $"key {DisplayText.Quote(key)}", "descr, fortran_order or shape");
            }

            if (repeated)
                throw Fail(keyAt, $"key {DisplayText.Quote(key)} a second time", "each key once");
            if (!Accept(','))
            {
                Require('}');
                break;
            }
        }

        SkipSpace();
        if (_at != text.Length)
            throw Fail(_at, Here(), "only spaces after the dict");
        if (typeName is null || fortranOrder is null || shape.IsDefault)
            throw Fail(0, "a dict that lacks a key", "descr, fortran_order and shape");
        return new NpyHeaderFields(typeName, fortranOrder.Value, shape);
    }

    private string ReadTypeName()
    {
        SkipSpace();
        if (_at < text.Length && text[_at] is ('[' or '('))
            throw Fail(_at, "a structured type", "the type of a plain number, such as '<f8'");
        return ReadString();
    }

    private string ReadString()
    {
        SkipSpace();
        if (_at == text.Length || text[_at] is not ('\'' or '"'))
            throw Fail(_at, Here(), "a quoted string");
        int start = _at + 1;
        int end = text.IndexOf(text[_at], start);
        if (end < 0)
            throw Fail(_at, "a string without end", "a closing quote");
        string content = text[start..end];
        if (content.Contains('\\'))
            throw Fail(start, "a string with a backslash", "one without escapes");
        _at = end + 1;
        return content;
    }

    private bool ReadBoolean()
    {
        SkipSpace();
        foreach (string word in (ReadOnlySpan<string>)["True", "False"])
        {
            if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0)
                continue;
            _at += word.Length;
            return word.Length == 4;
        }

        throw Fail(_at, Here(), "True or False");
    }

    /// <summary><c>()</c>, <c>(3,)</c>, <c>(3, 4)</c>; but <c>(3)</c> is a number in Python and refused.</summary>
    private ImmutableArray<long> ReadShape()
    {
        var shape = ImmutableArray.CreateBuilder<long>();
        Require('(');
        bool comma = true;
        while (!Accept(')'))
        {
            if (!comma)
                throw Fail(_at, Here(), "',' or ')'");
            if (shape.Count == TensorShape.MostAxes)
                throw Fail(_at, $"more than {TensorShape.MostAxes} axes", $"at most {TensorShape.MostAxes}");
            shape.Add(ReadInteger());
            comma = Accept(',');
        }

        if (shape.Count == 1 && !comma)
            throw Fail(_at, "a number in parentheses", "a tuple, such as (3,)");
        return shape.ToImmutable();
    }

    private long ReadInteger()
    {
        SkipSpace();
        int start = _at;
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            _at++;
        if (!long.TryParse(text.AsSpan(start, _at - start), System.Globalization.NumberStyles.None, provider: null, out long value))
        {
            string found = _at == start ? Here() : DisplayText.Quote(text[start.._at]);
            throw Fail(start, found, "an integer from 0 to 2⁶³ − 1");
        }

        if (_at < text.Length && text[_at] == 'L')
            _at++;
        return value;
    }

    private void Require(char c)
    {
        if (!Accept(c))
            throw Fail(_at, Here(), $"'{c}'");
    }

    private bool Accept(char c)
    {
        SkipSpace();
        if (_at == text.Length || text[_at] != c)
            return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] is (' ' or '\n'))
            _at++;
    }

    private string Here() => _at == text.Length ? "the end of the header" : DisplayText.Quote(text[_at..Math.Min(text.Length, _at + 12)]);

    private CheckpointFormatException Fail(int at, string found, string expected)
        => context.Fail((long)textOffset + at, $"{found} in the header", expected);
}
