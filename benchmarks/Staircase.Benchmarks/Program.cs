using BenchmarkDotNet.Running;
using Staircase.Benchmarks;

// --filter '*Step*' runs one class, --job short gives a first answer in a minute; `products` compares matrix
// products with OpenBLAS in turn, `ensemble` a step of one seed with one of many, `softmax` trains for the side-by-side script,
// `modular` times an epoch of modular addition, `tokens` a step of a transformer, `predictions` puts theory to the test at
// settings of its own drawing, `predict-times` says what predictions cost, `soak` runs random command lines, `page` measures again what
// docs/benchmarks.md shows first.
if (args is ["products", .. string[] rest])
    return ProductRatios.Run(rest);
if (args is ["ensemble", .. string[] ensemble])
    return EnsembleSteps.Run(ensemble);
if (args is ["softmax", .. string[] softmax])
    return SoftmaxTraining.Run(softmax);
if (args is ["modular", .. string[] modular])
    return ModularTraining.Run(modular);
if (args is ["tokens", .. string[] tokens])
    return TokenTraining.Run(tokens);
if (args is ["predictions", .. string[] predictions])
    return Predictions.Run(predictions);
if (args is ["predict-times", .. string[] times])
    return PredictionTimes.Run(times);
if (args is ["soak", .. string[] soak])
    return CommandSoak.Run(soak);
if (args is ["page", .. string[] page])
    return MeasuredPage.Run(page);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
