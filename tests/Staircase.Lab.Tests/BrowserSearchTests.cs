namespace Staircase.Lab.Tests;

/// <summary>Browsers where each system keeps them, on systems that this one is not.</summary>
public sealed class BrowserSearchTests
{
    [Theory]
    [InlineData("Linux", "PATH=/usr/local/bin:/usr/bin", "/usr/bin/chromium")]
    [InlineData("Linux", "PATH=/usr/bin/", "/usr/bin/microsoft-edge")]
    [InlineData("Linux", "PATH=/usr/bin", "/snap/bin/chromium")]
    [InlineData("Windows", @"PATH=C:\Windows;C:\Tools\", @"C:\Tools\chrome.exe")]
    [InlineData("Windows", @"ProgramFiles=C:\Program Files", @"C:\Program Files\Google\Chrome\Application\chrome.exe")]
    [InlineData("Windows", @"ProgramFiles(x86)=C:\Program Files (x86)", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe")]
    [InlineData("Windows", @"LOCALAPPDATA=C:\Users\ä b\AppData\Local", @"C:\Users\ä b\AppData\Local\Chromium\Application\chrome.exe")]
    [InlineData("MacOS", "HOME=/Users/me", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")]
    [InlineData("MacOS", "HOME=/Users/me", "/Users/me/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge")]
    [InlineData("MacOS", "PATH=/opt/homebrew/bin", "/opt/homebrew/bin/chromium")]
    [InlineData("Linux", "CHROMIUM=/my/own", "/my/own")]
    public void A_browser_is_found_in_its_place(string system, string variable, string place) =>
        Assert.Equal(place, Search(system, variable, place).Find());

    [Fact]
    public void The_one_that_is_named_comes_first_and_Chrome_before_Edge()
    {
        const string chrome = @"C:\P\Google\Chrome\Application\chrome.exe", edge = @"C:\P\Microsoft\Edge\Application\msedge.exe";
        Assert.Equal(chrome, Search("Windows", @"ProgramFiles=C:\P", edge, chrome).Find());
        InputException wrong = Assert.Throws<InputException>(() => Search("Linux", "CHROMIUM=/nowhere", "/snap/bin/chromium").Find());
        Assert.Contains("CHROMIUM says /nowhere", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Windows", "", "winget install Google.Chrome")]
    [InlineData("MacOS", "", "brew install --cask google-chrome")]
    [InlineData("Linux", "ID=debian\n", "apt-get install chromium")]
    [InlineData("Linux", "ID=ubuntu\nID_LIKE=debian\n", "snap install chromium")]
    [InlineData("Linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "dnf install chromium")]
    [InlineData("Linux", "ID=arch\n", "pacman -S chromium")]
    [InlineData("Linux", "ID=\"opensuse-leap\"\n", "zypper install chromium")]
    [InlineData("Linux", "ID=alpine\n", "apk add chromium")]
    [InlineData("Linux", "", "package manager")]
    public void Where_there_is_none_the_system_s_own_installer_is_named(string system, string distribution, string command)
    {
        BrowserSearch search = Search(system, "PATH=/usr/bin") with { Distribution = distribution };
        Assert.Contains(command, Assert.Throws<InputException>(() => search.Find()).Message, StringComparison.Ordinal);
    }

    private static BrowserSearch Search(string system, string variable, params string[] files)
    {
        string[] parts = variable.Split('=', 2);
        return new(
            Enum.Parse<SystemKind>(system), name => name == parts[0] ? parts[1] : null,
            file => files.Contains(file, StringComparer.Ordinal));
    }
}
