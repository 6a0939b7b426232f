"""Floor 2: what the data is, and the commit rule.

A table is its committed segments plus the consuming rows at or after the committed end offset.
Offsets are half-open and always mean the next record to read. A partition's history is an unbroken chain of
steps; committing one is a single transaction that moves the consuming record and creates the step.

Start reading at `commit.py` (the rule), then `history.py` (what is stored), `consuming/` (rows not yet committed),
`seal.py` (consuming rows to Parquet) and `view.py` (what a query may see).
"""
