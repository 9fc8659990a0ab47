global using static System.Linq.Enumerable;
global using static System.Math;
global using static Staircase.Kernels.VectorKernels;
