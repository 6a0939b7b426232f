"""Write a segment's rows as CSV, JSON lines, an Arrow stream or plain Parquet.

    python scripts/segment_convert.py SEGMENT TARGET

The same as `crushpad segment convert`, with the same options; no service and no network.
"""

from __future__ import annotations

import sys

from crushpad.__main__ import main

if __name__ == "__main__":
    sys.argv[1:1] = ["segment", "convert"]
    main()
