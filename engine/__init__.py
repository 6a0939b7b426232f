"""Floor 1: DuckDB, locked and limited. The only floor that imports duckdb.

Words. A *connection* can read Parquet below the folders it was given and the Arrow tables registered with it, no more.
A *limit* is of memory, time, files or rows; the operating system's ones hold even where DuckDB's do not.

Invariant (P26, P27): whatever SQL arrives, nothing is written, nothing outside the folders is read, and one query ends
at its deadline with an error of that query only.

Start reading at `connection.Engine`.
"""
