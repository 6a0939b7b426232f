"""Show type, encoding, bounds, cardinality and bytes of each column.

    python scripts/segment_columns.py SEGMENT [--exact]

The same as `crushpad segment columns`, with the same options; no service and no network.
"""

from __future__ import annotations

import sys

from crushpad.__main__ import main

if __name__ == "__main__":
    sys.argv[1:1] = ["segment", "columns"]
    main()
