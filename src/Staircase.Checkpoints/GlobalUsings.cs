global using System.Globalization;
global using static System.Globalization.CultureInfo;
global using static System.Linq.Enumerable;
global using static System.Math;
