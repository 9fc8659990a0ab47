using System.Buffers.Binary;
using System.Text;

namespace Staircase.Checkpoints;

/// <summary>Reads a pickle of protocol 2 to 4 as data: opcodes build values, globals stay names, nothing is imported or called.</summary>
/// <remarks>
/// Of callables only those are understood that <see cref="TorchObjects"/> lists; everything else becomes a <see cref="PickleOpaque"/> node
/// and reading goes on. What the values take in memory is charged against a <see cref="MemoryBudget"/> before it is taken;
/// the number of opcodes is not limited, as histories of losses are long.
/// </remarks>
internal sealed class PickleReader(byte[] bytes, long baseOffset, MemoryBudget budget, TorchObjects objects, ErrorContext context)
{
    private const int MostMarks = 1000, LongestText = 1 << 16;
    private const int SmallObject = 24, Container = 96, Slot = 16, MemoSlot = 72;
    private const int Item = SmallObject + Slot; // a place with a number in it, boxed

    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _highest;
    private int _at, _opcodeAt;

    /// <summary>The value that the pickle describes.</summary>
    public object? Read()
    {
        while (true)
        {
            _opcodeAt = _at;
            byte opcode = U8();
            switch ((char)opcode)
            {
                case '\x80':
                    int protocol = U8();
                    if (protocol is < 2 or > 5)
                        throw Fail($"pickle protocol {protocol}", "2 to 4");
                    break;
                case '\x95': // frame: the length of what follows; reading goes on as one
                    Take(8);
                    break;
                case '.':
                    if (_marks.Count > 0 || _stack.Count != 1)
                        throw Fail($"the end with {_stack.Count} values", "one value");
                    return _stack[0];
                case '(':
                    if (_marks.Count == MostMarks)
                        throw Fail($"more than {MostMarks} open marks", $"at most {MostMarks}");
                    _marks.Add(_stack.Count);
                    break;
                case '0': Pop(); break;
                case '1': PopMark(); break;
                case '2': Push(Top()); break;
                case 'N': Push(null); break;
                case '\x88': Push(Boxed(true)); break;
                case '\x89': Push(Boxed(false)); break;
                case 'J': Push(Boxed((long)I32())); break;
                case 'K': Push(Boxed((long)U8())); break;
                case 'M': Push(Boxed((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)))); break;
                case 'G': Push(Boxed(BinaryPrimitives.ReadDoubleBigEndian(Take(8)))); break;
                case '\x8a': Push(Long(U8())); break;
                case '\x8b': Push(Long(Length(I32()))); break;
                case 'I': Push(DecimalInteger(Line())); break;
                case 'L': Push(DecimalInteger(Line().TrimEnd('L'))); break;
                case 'F': Push(DecimalFloat(Line())); break;
                case 'X': Push(Text(Length(U32()))); break;
                case '\x8c': Push(Text(U8())); break;
                case '\x8d': Push(Text(Length(U64()))); break;
                case 'U' or 'C': Push(Bytes(U8())); break;
                case 'T': Push(Bytes(Length(I32()))); break;
                case 'B': Push(Bytes(Length(U32()))); break;
                case '\x8e' or '\x96': Push(Bytes(Length(U64()))); break;
                case ']' or '\x8f': Push(NewList()); break; // a set is read as its items
                case '}': Push(NewDict()); break;
                case ')': Push(Tuple([])); break;
                case '\x85': Push(Tuple(PopMany(1))); break;
                case '\x86': Push(Tuple(PopMany(2))); break;
                case '\x87': Push(Tuple(PopMany(3))); break;
                case 't': Push(Tuple(PopMark())); break;
                case 'l' or '\x91':
                    object?[] items = PopMark();
                    PickleList list = NewList();
                    foreach (object? item in items)
                        Append(list, item);
                    Push(list);
                    break;
                case 'd':
                    object?[] pairs = PopMark();
                    PickleDict dict = NewDict();
                    SetItems(dict, pairs);
                    Push(dict);
                    break;
                case 'a':
                    object? last = Pop();
                    Append(Top(), last);
                    break;
                case 'e' or '\x90':
                    object?[] more = PopMark();
                    foreach (object? item in more)
                        Append(Top(), item);
                    break;
                case 's':
                    object?[] pair = PopMany(2);
                    SetItems(Top(), pair);
                    break;
                case 'u':
                    object?[] several = PopMark();
                    SetItems(Top(), several);
                    break;
                case 'q': Memoize(U8()); break;
                case 'r': Memoize(U32()); break;
                case 'p': Memoize(MemoNumber(Line())); break;
                case '\x94': Memoize(_memo.Count); break;
                case 'h': Recall(U8()); break;
                case 'j': Recall(U32()); break;
                case 'g': Recall(MemoNumber(Line())); break;
                case 'c': Push(Global(Line(), Line())); break;
                case '\x93':
                    object?[] names = PopMany(2);
                    Push(
                        names is [string module, string name]
                            ? Global(module, name)
                            : throw Fail("a global whose name is no text", "two strings"));
                    break;
                case 'R' or '\x81':
                    object?[] call = PopMany(2);
                    Push(Charged(objects.Call(call[0], call[1], Here), Container));
                    break;
                case '\x92':
                    PopMany(3);
                    Push(Opaque());
                    break;
                case 'o':
                    Push(PopMark().Length > 0 ? Opaque() : throw Fail("an object without class", "a class and its arguments"));
                    break;
                case 'i':
                    _ = Global(Line(), Line());
                    PopMark();
                    Push(Opaque());
                    break;
                case 'b':
                    object? state = Pop();
                    Build(Top(), state);
                    break;
                case 'Q': Push(Charged(objects.Storage(Pop(), Here), Container)); break;
                default:
                    throw Fail($"opcode 0x{opcode:x2}", "an opcode of pickle protocols 2 to 4");
            }
        }
    }

    private long Here => baseOffset + _opcodeAt;

    private void Append(object? target, object? item)
    {
        if (target is PickleOpaque)
            return; // an unknown kind of list; what is in it is not weights
        if (target is not PickleList list)
            throw Fail($"an item appended to {Kind(target)}", "a list");
        if (list.Items is not null)
            Charge(Item);
        else if (item is not double)
            Charge((long)Item * (list.Count + 1));
        list.Add(item);
    }

    private void SetItems(object? target, ReadOnlySpan<object?> pairs)
    {
        if (pairs.Length % 2 != 0)
            throw Fail($"{pairs.Length} keys and values", "an even number");
        PickleDict dict = target switch
        {
            PickleDict d => d,
            PickleOpaque opaque => opaque.Items ??= NewDict(),
            _ => throw Fail($"an item set on {Kind(target)}", "a dict"),
        };
        for (int i = 0; i < pairs.Length; i += 2)
        {
            Charge(6 * Slot);
            dict.Set(pairs[i], pairs[i + 1]);
        }
    }

    /// <summary>
    /// BUILD gives an object its attributes. An OrderedDict's (such as <c>_metadata</c>) are of no interest; other values have none.
    /// </summary>
    private void Build(object? target, object? state)
    {
        if (target is PickleOpaque opaque)
            opaque.State = state;
        else if (target is not (PickleDict or TorchTensor))
            throw Fail($"a state given to {Kind(target)}", "an object");
    }

    private void Memoize(long index)
    {
        Charge(MemoSlot);
        _memo[index] = Top();
    }

    private void Recall(long index) =>
        Push(_memo.TryGetValue(index, out object? value) ? value : throw Fail($"memo number {index}", "one that was stored before"));

    private PickleGlobal Global(string module, string name) =>
        Charged(new PickleGlobal(module, name), SmallObject + 2 * (module.Length + name.Length));

    private PickleList NewList() => Charged(new PickleList(), Container);

    private PickleDict NewDict() => Charged(new PickleDict(), 2 * Container);

    private PickleOpaque Opaque() => Charged(new PickleOpaque(), Container);

    private PickleTuple Tuple(object?[] items) => Charged(new PickleTuple(items), 2 * SmallObject + (long)Item * items.Length);

    /// <summary>A number on the stack; the place that it takes there, or moves to, is what is charged.</summary>
    private static object Boxed<T>(T value)
        where T : struct => value;

    private object Long(int length)
    {
        ReadOnlySpan<byte> digits = Take(length);
        if (length > 8)
        {
            // Numbers beyond 64 bits are nobody's sizes.
            return Opaque();
        }

        long value = length > 0 && (digits[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = length - 1; i >= 0; i--)
            value = (value << 8) | digits[i];
        return Boxed(value);
    }

    private int I32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    private uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    private object DecimalFloat(string text) =>
        double.TryParse(text, NumberStyles.Float, InvariantCulture, out double number) ? Boxed(number)
            : throw Fail("a float that does not parse", "a number");

    private long MemoNumber(string text) =>
        DecimalInteger(text) is long number ? number : throw Fail("a memo number that is too large", "a number");

    private object DecimalInteger(string line) => line switch
    {
        "00" => Boxed(false),
        "01" => Boxed(true),
        _ => long.TryParse(line, NumberStyles.AllowLeadingSign, InvariantCulture, out long value) ? Boxed(value)
            : line.Length > 0 && line.TrimStart('-').All(char.IsAsciiDigit) ? Opaque()
            : throw Fail($"{DisplayText.Quote(line)} as an integer", "digits"),
    };

    private string Line()
    {
        int end = bytes.AsSpan(_at).IndexOf((byte)'\n');
        if (end < 0)
            throw Fail("a line without end", "a line feed");
        Charge(SmallObject + 2L * end);
        string line = Encoding.UTF8.GetString(bytes, _at, end);
        _at += end + 1;
        return line;
    }

    private object Text(int length)
    {
        if (length > LongestText)
        {
            Take(length);
            return Opaque(); // numbers of an array, in protocol 2: nobody's name
        }

        Charge(SmallObject + 2L * length);
        return Encoding.UTF8.GetString(Take(length));
    }

    /// <summary>Bytes are read over: no weight is made of them, and arrays of numpy are many.</summary>
    private byte[] Bytes(int length)
    {
        Take(length);
        return [];
    }

    private int Length(long length) =>
        length >= 0 && length <= bytes.Length - _at
            ? (int)length
            : throw Fail($"a length of {length}", $"at most {bytes.Length - _at}, the rest of the pickle");

    private int Length(ulong length) => Length(length > long.MaxValue ? long.MaxValue : (long)length);

    private byte U8() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > bytes.Length - _at)
            throw Fail("the end of the pickle", $"{length} more bytes");
        _at += length;
        return bytes.AsSpan(_at - length, length);
    }

    private void Push(object? value)
    {
        if (_stack.Count >= _highest)
        {
            Charge(Item);
            _highest = _stack.Count + 1;
        }

        _stack.Add(value);
    }

    private object? Top() => _stack.Count > Floor ? _stack[^1] : throw Fail("an empty stack", "a value");

    private object? Pop()
    {
        object? top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    /// <summary>Values below the last mark belong to what is outside of it.</summary>
    private int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private object?[] PopMany(int count)
    {
        if (_stack.Count - Floor < count)
            throw Fail($"a stack of {_stack.Count - Floor} values", $"{count}");
        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopMark()
    {
        if (_marks.Count == 0)
            throw Fail("no mark", "one");
        int from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        object?[] values = [.. _stack[from..]];
        _stack.RemoveRange(from, values.Length);
        return values;
    }

    private T Charged<T>(T value, long cost)
    {
        Charge(cost);
        return value;
    }

    private void Charge(long cost) => budget.Charge(cost, Here);

    private static string Kind(object? value) => value switch
    {
        null => "None",
        PickleList => "a list",
        PickleDict => "a dict",
        PickleTuple => "a tuple",
        PickleGlobal global => $"the global {DisplayText.Quote(global.ToString())}",
        TorchTensor => "a tensor",
        TorchStorage => "a storage",
        string => "text",
        byte[] => "bytes",
        PickleOpaque => "an object",
        _ => "a number",
    };

    private CheckpointFormatException Fail(string found, string expected) => context.Fail(Here, found, expected);
}
