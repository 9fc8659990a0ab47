using System.Reflection;

namespace Staircase.Tests;

/// <summary>The public surface of the library is a file beside this test, so that every change to it is a visible diff.</summary>
public class PublicApiTests
{
    private const string Update = "STAIRCASE_UPDATE_API";

    [Fact]
    public void The_public_surface_is_the_one_on_file()
    {
        string path = Path.Combine(FindRoot(), "tests", "Staircase.Tests", "PublicApi.txt");
        string actual = string.Join('\n', Describe()) + "\n";
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(path, actual);
        string expected = File.ReadAllText(path).ReplaceLineEndings("\n");
        string[] added = [.. actual.Split('\n').Except(expected.Split('\n'), StringComparer.Ordinal)];
        string[] removed = [.. expected.Split('\n').Except(actual.Split('\n'), StringComparer.Ordinal)];
        Assert.True(
            expected == actual,
            $"The public API changed; if that is meant, run the test with {Update}=1 and commit "
                + $"PublicApi.txt.\nAdded:\n{string.Join('\n', added)}\nRemoved:\n{string.Join('\n', removed)}");
    }

    private static IEnumerable<string> Describe()
    {
        foreach (Type type in typeof(AttentionModel).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : typeof(Delegate)
                .IsAssignableFrom(type) ? "delegate" : "class";
            yield return $"{kind} {type.FullName}";
            const BindingFlags declared =
                BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
            IEnumerable<string> members = type.GetMembers(declared)
                .Where(IsVisible)
                .Select(member => $"    {(member is MethodBase method ? Signature(method) : $"{member}")}")
                .Where(
                    text => !text.Contains('<', StringComparison.Ordinal) && !text.Contains("EqualityContract", StringComparison.Ordinal)
                        && !text.Contains("PrintMembers", StringComparison.Ordinal));
            foreach (string member in members.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                yield return member;
        }
    }

    private static string Signature(MethodBase method)
    {
        string parameters = string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}"));
        return $"{(method is MethodInfo info ? info.ReturnType.Name + " " : "")}{method.Name}({parameters})";
    }

    private static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name.Split('`')[0]}[{string.Join(", ", type.GetGenericArguments().Select(Name))}]" : type.Name;

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily,
        FieldInfo field => field.IsPublic || field.IsFamily,
        PropertyInfo property => property.GetAccessors().Length > 0,
        TypeInfo => false,
        _ => true,
    };

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Staircase.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder;
    }
}
