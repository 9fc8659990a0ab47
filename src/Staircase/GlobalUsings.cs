global using Staircase.Kernels;
global using static System.Linq.Enumerable;
