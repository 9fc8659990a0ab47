namespace Staircase.Catalog;

/// <summary>What lies in a folder and below: run folders, and what came of the tasks of sweeps.</summary>
internal static class FoundRuns
{
    private const string Record = "run.json", Sweep = "sweep.yaml", Tasks = "tasks";

    /// <summary>The records of runs and the results of tasks, each a file; what lies in a run folder is not looked at.</summary>
    /// <param name="root">Where to look.</param>
    public static IEnumerable<FileInfo> In(string root)
    {
        var left = new Stack<DirectoryInfo>([new(root)]);
        while (left.TryPop(out DirectoryInfo? folder))
        {
            FileSystemInfo[] entries = Entries(folder);
            if (entries.OfType<FileInfo>().FirstOrDefault(file => file.Name == Record) is { } record)
            {
                yield return record;
                continue;
            }

            bool isTasks = folder.Name == Tasks && File.Exists(Path.Combine(folder.Parent?.FullName ?? "", Sweep));
            foreach (FileInfo result in entries.OfType<FileInfo>().Where(file => isTasks && file.Extension == ".json"))
                yield return result;
            foreach (DirectoryInfo below in entries.OfType<DirectoryInfo>()
                .Where(below => below.LinkTarget is null && !below.Name.StartsWith('.')))
            {
                left.Push(below);
            }
        }
    }

    /// <summary>Whether a file is the record of a run; else it is the result of a task.</summary>
    public static bool IsRun(FileInfo file) => file.Name == Record;

    private static FileSystemInfo[] Entries(DirectoryInfo folder)
    {
        try
        {
            return folder.GetFileSystemInfos();
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            return []; // it has just gone, or is somebody else's
        }
    }
}
