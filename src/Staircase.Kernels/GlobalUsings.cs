global using static System.Math;
