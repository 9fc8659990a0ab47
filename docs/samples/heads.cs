#:project ../../src/Staircase.Checkpoints/Staircase.Checkpoints.csproj
#:project ../../src/Staircase/Staircase.csproj

// The heads of a checkpoint, by how many directions their queries and keys compare: `dotnet run heads.cs model.safetensors`,
// and the number of heads after it where neither the file nor a config.json beside it says so.
using Staircase;
using Staircase.Checkpoints;

using ITensorSource checkpoint = CheckpointFile.Open(args[0]); // read, never executed: safetensors, torch, npz
var stated = new LayoutOptions { Heads = args.Length > 1 ? int.Parse(args[1]) : null };
HeadLayout layout = HeadLayout.Detect(checkpoint, ModelConfig.Of(checkpoint), stated)
    ?? throw new InvalidDataException($"{args[0]} has no attention that is known here.");
foreach (string decision in layout.Decisions)
    Console.WriteLine(decision);

var heads =
    from layer in layout.Layers
    from head in layer.ReadHeads(checkpoint).Select((weights, index) => (weights, index))
    let circuit = FactoredMatrix.TransposedProduct(head.weights.Query, head.weights.Key) // QK = W_Qᵀ W_K, of rank h at most
    select (Name: $"{layer.Index}.{head.index}", Rank: EffectiveRank.Of(circuit), circuit.LargestRank, Norm: circuit.FrobeniusNorm);

Console.WriteLine("head  effective rank  of  norm");
foreach (var head in heads.OrderBy(head => head.Rank))
    Console.WriteLine($"{head.Name,-4}  {head.Rank,-14:F3}  {head.LargestRank,-2}  {head.Norm:G4}");
