global using Staircase.Kernels;
