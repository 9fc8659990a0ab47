using BenchmarkDotNet.Running;

// --filter '*Step*' runs one class, --job short gives a first answer in a minute; see docs/benchmarks.md.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
