"""Rows that are not yet committed: append-only files of Arrow frames, and a side-car that says how much is visible.

One writer per file, ever (P16): it holds the lock of its folder. Readers map the files and never lock. What a side-car
once called visible stays as it is until the file is unlinked.

*Frame*: one record batch with a header and a checksum. *Part*: one file of frames; small frames are merged into the
parts before the last one, the *tail*. *Side-car*: which parts a segment has, how many of their bytes count, and the
next offset.

Writing: `sidecar.py`, then `file.py`, `parts.py` and `compaction.py`. Taking over: `adoption.py`. Reading:
`listing.py`, then `reader.py`.
"""
