"""What aggregations need that DuckDB has not: sketches, and funnels over events in order of time.

Words. A *sketch* is a small, mergeable summary of many values, kept as the bytes that Apache DataSketches (or, for
HyperLogLog, stream-lib) writes, so that Pinot reads ours and we read Pinot's.

Invariant: each function takes the list of one group's values and gives one value. Bytes that are no sketch are a
ValueError that says so.

Start reading at `registry`.
"""
