"""Scalar functions that DuckDB does not have, over whole Arrow columns.

Words. A *function* here is one row of a registry: the name under which the printed SQL calls it, DuckDB's types, and
the columns to column code. Names start with `pinot_`; only the function table of `dialects` prints them.

Invariant: pure and deterministic. No file, no network, no clock; text that is not what a function wants is a
ValueError that says so, never the end of the process.

Start reading at `entry`, then `registry`.
"""
