namespace Staircase.Lab;

/// <summary>Where a system keeps Chromium and its kin, and what installs one there.</summary>
/// <param name="System">Windows, macOS or Linux.</param>
/// <param name="Variable">An environment variable; null where it is not set.</param>
/// <param name="Exists">Whether there is such a file.</param>
/// <param name="Distribution">On Linux, what <c>/etc/os-release</c> says.</param>
internal sealed record BrowserSearch(
    SystemKind System, Func<string, string?> Variable, Func<string, bool> Exists, string Distribution = "")
{
    public const string Named = "CHROMIUM"; // the environment variable that names the program

    private static readonly string[] CommandNames =
    [
        "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "microsoft-edge-stable",
        "msedge",
    ];

    private static readonly string[] WindowsFolders = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"];

    private static readonly string[] WindowsPrograms =
        [@"Google\Chrome\Application\chrome.exe", @"Chromium\Application\chrome.exe", @"Microsoft\Edge\Application\msedge.exe"];

    private static readonly string[] MacPrograms = ["Google Chrome", "Chromium", "Microsoft Edge"];

    /// <summary>What installs Chromium, by a word of <c>/etc/os-release</c>.</summary>
    private static readonly (string Word, string Command)[] LinuxInstallers =
    [
        ("ubuntu", "snap install chromium"), ("debian", "apt-get install chromium"), ("fedora", "dnf install chromium"),
        ("rhel", "dnf install chromium"), ("arch", "pacman -S chromium"), ("suse", "zypper install chromium"),
        ("alpine", "apk add chromium"), ("nixos", "nix-env -iA nixos.chromium"),
    ];

    /// <summary>This system.</summary>
    public static BrowserSearch Here { get; } = new(
        OperatingSystem.IsWindows() ? SystemKind.Windows : OperatingSystem.IsMacOS() ? SystemKind.MacOS : SystemKind.Linux,
        Environment.GetEnvironmentVariable, File.Exists,
        File.Exists("/etc/os-release") ? File.ReadAllText("/etc/os-release") : "");

    /// <summary>The program: what the environment variable CHROMIUM says, else the first on the path or in its usual place.</summary>
    /// <exception cref="InputException">There is none; the message says what installs one.</exception>
    public string Find()
    {
        if (Variable(Named) is { Length: > 0 } said)
        {
            return Exists(said) ? said
                : throw new InputException($"the environment variable {Named} says {said}, but there is no such file.");
        }

        return OnPath().Concat(UsualPlaces()).FirstOrDefault(Exists)
            ?? throw new InputException(
                "pictures are drawn by Chromium, Chrome or Edge, and there is none on the path or in its usual place: "
                + $"install one ({Installer()}) or say where it is with the environment variable {Named}.");
    }

    private IEnumerable<string> OnPath()
    {
        (char separator, string suffix) = System == SystemKind.Windows ? (';', ".exe") : (':', "");
        return (Variable("PATH") ?? "").Split(separator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => CommandNames.Select(name => Join(folder, name + suffix)));
    }

    private IEnumerable<string> UsualPlaces() => System switch
    {
        SystemKind.Windows => WindowsFolders.Select(Variable).OfType<string>()
            .SelectMany(folder => WindowsPrograms.Select(program => Join(folder, program))),
        SystemKind.MacOS => ((string?[])["", Variable("HOME")]).OfType<string>()
            .SelectMany(folder => MacPrograms.Select(name => $"{folder}/Applications/{name}.app/Contents/MacOS/{name}")),
        _ => ["/snap/bin/chromium", "/opt/google/chrome/chrome"],
    };

    private string Installer() => System switch
    {
        SystemKind.Windows => "winget install Google.Chrome",
        SystemKind.MacOS => "brew install --cask google-chrome",
        _ => LinuxInstallers.FirstOrDefault(installer => Distribution.Contains(installer.Word, StringComparison.OrdinalIgnoreCase)).Command
            ?? "by your system's package manager",
    };

    private string Join(string folder, string name) =>
        System == SystemKind.Windows ? $@"{folder.TrimEnd('\\')}\{name}" : $"{folder.TrimEnd('/')}/{name}";
}

internal enum SystemKind
{
    /// <summary>Linux, and whatever else is neither.</summary>
    Linux,

    /// <summary>macOS.</summary>
    MacOS,

    /// <summary>Windows.</summary>
    Windows,
}
