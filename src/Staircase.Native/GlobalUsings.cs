global using System.Runtime.InteropServices;
global using System.Text.Json;
global using System.Text.Json.Nodes;
global using Staircase.Checkpoints;
global using Staircase.Kernels;
global using Staircase.Lab;
global using static Staircase.Lab.InputException;
global using unsafe ProgressFunction = delegate* unmanaged<void*, byte*, double, long, double, int>;
