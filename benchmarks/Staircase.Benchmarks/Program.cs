using BenchmarkDotNet.Running;
using Staircase.Benchmarks;

// --filter '*Step*' runs one class, --job short gives a first answer in a minute; `products` compares matrix products with OpenBLAS in turn. See docs/benchmarks.md.
if (args is ["products", .. string[] rest])
    return ProductRatios.Run(rest);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
