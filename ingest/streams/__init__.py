"""The seam to the stream. An offset always means the next record to read. Start at `base.py`."""
