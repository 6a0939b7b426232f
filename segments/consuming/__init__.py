"""Rows that are not yet committed: an append-only file of Arrow frames and a side-car that says how much is visible.

One writer per file, ever (P16). Readers map the files and never lock. Start at `sidecar.py`, then `file.py`.
"""
