namespace Staircase.Lab;

/// <summary>How pieces of work of their own share the cores.</summary>
internal static class Cores
{
    /// <summary>Many pieces go side by side, one a core; a few take turns, each with all of them.</summary>
    public static void Share(int count, Action<int> work)
    {
        if (count >= ThreadTeam.Shared.Threads)
        {
            ThreadTeam.Shared.Run(count, work);
            return;
        }

        for (int i = 0; i < count; i++)
            work(i);
    }
}
