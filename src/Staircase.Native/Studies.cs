namespace Staircase.Native;

/// <summary>What <c>staircase.h</c> says of experiments, predictions and runs.</summary>
internal static unsafe class Studies
{
    [UnmanagedCallersOnly(EntryPoint = "staircase_prepare")]
    public static int Prepare(
        byte* experiment, ProgressFunction progress, void* context, ulong* study) =>
        Border.Give(study, () =>
        {
            Experiment asked = Request.Parse(Utf8.Read(experiment, "the experiment"), Request.Experiment);
            return Watch.Run(progress, context, (p, stop) => new StudyItem(asked.Prepare(Fractions.Of(p), stop)));
        });

    [UnmanagedCallersOnly(EntryPoint = "staircase_predict")]
    public static int Predict(
        ulong study, int check, ProgressFunction progress, void* context, ulong* findings) =>
        Border.Give(findings, () =>
        {
            Study asked = Items.Get<StudyItem>(study).Study;
            return Watch.Run(progress, context, (_, stop) => new FindingsItem(asked, asked.Predict(check != 0, stop)));
        });

    [UnmanagedCallersOnly(EntryPoint = "staircase_predict_all")]
    public static int PredictAll(
        byte* experiments, int check, ProgressFunction progress, void* context,
        ulong* findings, long count) => Border.Call(() =>
        {
            Border.Require(findings, "a place for the handles");
            var places = new Span<ulong>(findings, Border.Count(count, "the number of handles"));
            places.Clear();
            Experiment[] asked = Request.Parse(Utf8.Read(experiments, "the list of experiments"), List);
            Require(asked.Length == count, $"there are {asked.Length} experiments and places for {count} handles.");
            Item[] made = Watch.Run(progress, context, (p, stop) => PredictEach(asked, check != 0, p, stop));
            for (int i = 0; i < made.Length; i++)
                places[i] = Items.Add(made[i]);
        });

    [UnmanagedCallersOnly(EntryPoint = "staircase_train")]
    public static int Train(
        ulong study, byte* folder, ProgressFunction progress, void* context, ulong* run)
    {
        Run? trained = null;
        int status = Border.Give(run, () =>
        {
            Study asked = Items.Get<StudyItem>(study).Study;
            string? path = folder is null ? null : Utf8.ReadPath(folder, "the folder");
            RunFolder.RequireNone(path);
            return Watch.Run(progress, context, (p, stop) =>
            {
                Study ended = asked.WithCancellation(stop).WithEnd();
                IRunStore store = path is null ? new RunMemory() : RunFolder.Create(path);
                using IDisposable held = store.Lock();
                return Left(trained = Trainer.Train(ended, store, p, stop));
            });
        });
        return StatusOf(trained, status);
    }

    [UnmanagedCallersOnly(EntryPoint = "staircase_resume")]
    public static int Resume(
        byte* folder, byte* end, ProgressFunction progress, void* context, ulong* run)
    {
        Run? trained = null;
        int status = Border.Give(run, () =>
        {
            RunFolder opened = RunFolder.Open(Utf8.ReadPath(folder, "the folder"));
            ExperimentWords said = end is null ? new(null, IsWhole: false, []) : Request.Parse(Utf8.Read(end, "the end"), Request.Words);
            return Watch.Run(progress, context, (p, stop) =>
            {
                using IDisposable held = opened.Lock();
                Experiment asked = said.Continue(opened.Experiment(opened.ReadRecord()), opened.Name);
                return Left(trained = Trainer.Train(asked.Prepare(Fractions.Of(p), stop), opened, p, stop));
            });
        });
        return StatusOf(trained, status);
    }

    [UnmanagedCallersOnly(EntryPoint = "staircase_open")]
    public static int Open(
        byte* folder, ProgressFunction progress, void* context, ulong* run) =>
        Border.Give(run, () =>
        {
            RunFolder opened = RunFolder.Open(Utf8.ReadPath(folder, "the folder"));
            return Watch.Run(progress, context, (p, stop) => new RunItem(Run.Open(opened, Fractions.Of(p), stop)));
        });

    private static Experiment[] List(JsonElement request) => request.ValueKind == JsonValueKind.Array
        ? [.. request.EnumerateArray().Select((item, i) => At(i, () => Request.Experiment(item)))]
        : throw new InputException("expected a JSON list of experiments.");

    /// <summary>Experiments side by side on all cores; each is computed on one of them, as if it were alone.</summary>
    private static Item[] PredictEach(Experiment[] asked, bool check, IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        var made = new Item[asked.Length];
        int done = 0;
        ThreadTeam.Shared.Run(asked.Length, i =>
        {
            stop.ThrowIfCancellationRequested();
            made[i] = At(i, () =>
            {
                Study study = asked[i].Prepare(null, stop);
                return new FindingsItem(study, study.Predict(check, stop));
            });
            progress?.Report(new("predicting", (double)Interlocked.Increment(ref done) / asked.Length, 0, double.NaN));
        });
        return made;
    }

    private static T At<T>(int index, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (InputException exception)
        {
            throw exception.At($"experiment {index}");
        }
    }

    private static int StatusOf(Run? trained, int status) =>
        trained?.Record.Status == RunStatus.Interrupted ? Status.Stopped : status;

    private static RunItem Left(Run run)
    {
        if (run.Store is RunFolder)
            RunReport.Leave(run);
        return new(run);
    }
}
