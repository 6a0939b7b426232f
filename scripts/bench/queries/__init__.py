"""What the bench asks: for each data set its cases, each in Pinot's SQL and in DuckDB's over the same rows.

Invariant: one text serves Crushpad and Pinot alike, and its answer is determined (but for approximations, which say how
far off they may be). Start reading at `case.py`, then `clicks.py` (Q1 to Q10).
"""
