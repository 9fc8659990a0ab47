global using System.Globalization;
global using static System.Globalization.CultureInfo;
