using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Staircase.Lab.Tests;

/// <summary>
/// The types of the page, <c>web/src/document.ts</c>, are those of the records: what the serializer knows of them, written as TypeScript.
/// </summary>
public sealed partial class ReportContractTests
{
    private static readonly JsonSerializerOptions Options = ReportJson.With(new NumberBlob()).Options;

    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Folder, "web", "src", "document.ts"));

    [Fact]
    public void The_page_declares_what_the_records_say() => Assert.Equal(OfRecords(), OfPage(Document));

    [Theory]
    [InlineData("  lead: string;", "  lead: string | null;")]
    [InlineData("  lead: string;", "  lead?: string;")]
    [InlineData("  lead: string;", "  Lead: string;")]
    [InlineData("  lead: string;", "")]
    [InlineData("  lead: string;", "  lead: string;\n  led: string;")]
    [InlineData("  command: string | null;", "  command: string;")]
    [InlineData("'measuredPoints'", "'points'")]
    [InlineData("'measuredPoints' | ", "")]
    [InlineData("export interface Paper {", "export interface Book {")]
    [InlineData("export interface Paper {", "interface Other {\n  a: string;\n}\nexport interface Paper {")]
    public void A_page_that_declares_something_else_is_noticed(string ours, string other)
    {
        Assert.Contains(ours, Document, StringComparison.Ordinal);
        Assert.NotEqual(OfRecords(), OfPage(Document.Replace(ours, other, StringComparison.Ordinal)), StringComparer.Ordinal);
    }

    /// <summary>The declarations by name, then what is no declaration.</summary>
    private static string OfPage(string code)
    {
        code = Comments().Replace(code, "");
        IEnumerable<string> declarations = Declaration().Matches(code).Select(match => WithoutEmptyLines(match.Value));
        return Together(declarations) + Declaration().Replace(code, "").Trim();
    }

    private static string OfRecords()
    {
        var declarations = new Dictionary<string, string>(StringComparer.Ordinal);
        Declare(typeof(Report), declarations);
        Declare(typeof(ExportedPicture), declarations);
        return Together(declarations.Values);
    }

    private static string Together(IEnumerable<string> declarations) =>
        string.Concat(declarations.Order(StringComparer.Ordinal).Select(declaration => declaration + "\n"));

    private static void Declare(Type type, Dictionary<string, string> declared)
    {
        if (declared.ContainsKey(type.Name))
            return;
        if (type.IsEnum)
        {
            IEnumerable<string> names = Enum.GetValues(type).Cast<object>()
                .Select(value => JsonSerializer.Serialize(value, Options.GetTypeInfo(type)).Replace('"', '\''));
            declared[type.Name] = $"export type {type.Name} = {string.Join(" | ", names)};";
            return;
        }

        declared[type.Name] = "";
        IEnumerable<string> properties = Options.GetTypeInfo(type).Properties.Select(property =>
        {
            Assert.Null(property.ShouldSerialize); // else it would have to be optional
            string values = TypeScript(property.PropertyType, property.NumberHandling ?? Options.NumberHandling, declared);
            return $"  {property.Name}: {values}{(IsNullable(property) ? " | null" : "")};\n";
        });
        declared[type.Name] = $"export interface {type.Name} {{\n{string.Concat(properties)}}}";
    }

    private static bool IsNullable(JsonPropertyInfo property) =>
        property.IsGetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null;

    private static string TypeScript(Type type, JsonNumberHandling numbers, Dictionary<string, string> declared)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return TypeScript(underlying, numbers, declared);
        if (type == typeof(string))
            return "string";
        if (type == typeof(bool))
            return "boolean";
        if (type == typeof(int) || type == typeof(long))
            return "number";
        if (type == typeof(double)) // JSON has no NaN, which comes as its name
            return numbers.HasFlag(JsonNumberHandling.AllowNamedFloatingPointLiterals) ? "number | string" : "number";
        if (type == typeof(double[]))
            return "ArrayLike<number>"; // by the blob
        if (type == typeof(IReadOnlyDictionary<string, string>))
            return "Record<string, string>";
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return $"{TypeScript(type.GetGenericArguments()[0], numbers, declared)}[]";
        Declare(type, declared);
        return type.Name;
    }

    private static string WithoutEmptyLines(string code) =>
        string.Join('\n', code.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0));

    [GeneratedRegex(@"/\*.*?\*/|//[^\n]*", RegexOptions.Singleline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Comments();

    [GeneratedRegex(@"export (interface \w+ \{[^}]*\}|type \w+ =[^;]*;)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Declaration();
}
