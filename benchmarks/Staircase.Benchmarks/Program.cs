using BenchmarkDotNet.Running;
using Staircase.Benchmarks;

// --filter '*Step*' runs one class, --job short gives a first answer in a minute; `products` compares matrix
// products with OpenBLAS in turn, `softmax` trains for the side-by-side script. See docs/benchmarks.md.
if (args is ["products", .. string[] rest])
    return ProductRatios.Run(rest);
if (args is ["softmax", .. string[] softmax])
    return SoftmaxTraining.Run(softmax);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
