using System.Text.Json;

namespace Staircase.Checkpoints;

/// <summary>The step that a checkpoint itself says: under a usual key of its file, or in the trainer's state beside it.</summary>
internal static class OwnSteps
{
    private const string TrainerState = "trainer_state.json";
    private const long MostBytes = 64_000_000;

    private static readonly string[] StepKeys =
    [
        "global_step", "global_steps", "step", "steps", "iter_num", "iteration", "iterations", "iter", "num_updates", "meta.global_step",
        "meta.step", "meta.iter",
    ];

    private static readonly string[] EpochKeys = ["epoch", "current_epoch", "meta.epoch"];

    /// <summary>The step and the epoch that an open checkpoint says.</summary>
    public static (StepReading? Step, StepReading? Epoch) Of(ITensorSource source) =>
        (First(source, StepKeys) ?? OfTrainer(source.Path), First(source, EpochKeys));

    private static StepReading? First(ITensorSource source, string[] keys)
    {
        foreach (string key in keys)
        {
            if (source.Metadata.TryGetValue(key, out string? text)
                && long.TryParse(text, NumberStyles.None, InvariantCulture, out long step))
            {
                return new(step, $"'{key}' in the files");
            }
        }

        return null;
    }

    /// <summary>What Hugging Face's Trainer writes beside the weights.</summary>
    private static StepReading? OfTrainer(string path)
    {
        var file = new FileInfo(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, TrainerState));
        if (!file.Exists || file.Length > MostBytes)
            return null;
        try
        {
            using var state = JsonDocument.Parse(File.ReadAllBytes(file.FullName), new JsonDocumentOptions { MaxDepth = 32 });
            return state.RootElement.ValueKind == JsonValueKind.Object
                && state.RootElement.TryGetProperty("global_step", out JsonElement value)
                && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long step) && step >= 0
                    ? new(step, $"'global_step' in {TrainerState}")
                    : null;
        }
        catch (JsonException)
        {
            return null; // nobody's step
        }
    }
}
