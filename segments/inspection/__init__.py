"""What the inspection commands say of segments, as data: nothing here prints, and nothing asks a service.

Words. An *address* is a path or a `file://` URI. A *segment* is a sealed Parquet file, or a consuming one as its
side-car describes it while it grows. *Facts* are what a segment says of itself without looking at rows. A *check*
says of one promise whether it holds, and when not, what was found.

Invariant: files are only read, and whatever is wrong with one is an error of `errors.py` or a finding, in a sentence
that names the file.

Start reading at `opening.py`, then `summary.py`, `rows.py` and `verify/sealed.py`.
"""
