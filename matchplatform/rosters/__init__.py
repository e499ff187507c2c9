"""Lists of the register brought in from a sheet: who is on a list, ratings, annual reports."""
