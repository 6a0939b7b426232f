"""Show one segment on one screen.

    python scripts/segment_show.py SEGMENT

The same as `crushpad segment show`, with the same options; no service and no network.
"""

from __future__ import annotations

import sys

from crushpad.__main__ import main

if __name__ == "__main__":
    sys.argv[1:1] = ["segment", "show"]
    main()
