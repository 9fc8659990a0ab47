global using System.Globalization;
global using System.Text.Json.Nodes;
global using Staircase.Checkpoints;
global using Staircase.Kernels;
global using Staircase.Transformers;
global using static System.Globalization.CultureInfo;
global using static Staircase.Lab.InputException;
global using static Staircase.Lab.NumberText;
global using static Staircase.Lab.Sources;
