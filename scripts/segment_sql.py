"""Query one segment, as the table `segment`, in the locked engine.

    python scripts/segment_sql.py SEGMENT "SELECT ..."

The same as `crushpad segment sql`, with the same options; no service and no network.
"""

from __future__ import annotations

import sys

from crushpad.__main__ import main

if __name__ == "__main__":
    sys.argv[1:1] = ["segment", "sql"]
    main()
