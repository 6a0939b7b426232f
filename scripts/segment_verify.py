"""Check everything of segments that can be checked; the exit code is 6 when something is found.

    python scripts/segment_verify.py PLACE

The same as `crushpad segment verify`, with the same options; no service and no network.
"""

from __future__ import annotations

import sys

from crushpad.__main__ import main

if __name__ == "__main__":
    sys.argv[1:1] = ["segment", "verify"]
    main()
