"""The data sets D1 to D7: made by seed and row number alone, so that every run and every system sees the same rows.

Words: a *data set* is a generator of JSON messages with the columns a table has for them (`dataset.py`); *chance*
(`chance.py`) is where its values come from. Invariant: a row depends on the seed and on its number, not on the batch it
was made in. Start reading at `dataset.py`, then `bids.py`, the smallest; `clicks.py` (D1) is the one everything uses.
"""
