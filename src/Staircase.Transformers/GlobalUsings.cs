global using static System.Linq.Enumerable;
