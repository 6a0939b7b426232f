"""Print rows of a segment.

    python scripts/segment_rows.py SEGMENT [--columns a,b] [--head N | --tail N | --sample N] [--from-offset N] ...

The same as `crushpad segment rows`, with the same options; no service and no network.
"""

from __future__ import annotations

import sys

from crushpad.__main__ import main

if __name__ == "__main__":
    sys.argv[1:1] = ["segment", "rows"]
    main()
