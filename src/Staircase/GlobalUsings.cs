global using Staircase.Kernels;
global using static System.Linq.Enumerable;
global using static System.Math;
