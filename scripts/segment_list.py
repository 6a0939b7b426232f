"""List the segments below a folder.

    python scripts/segment_list.py PLACE

The same as `crushpad segment list`, with the same options; no service and no network.
"""

from __future__ import annotations

import sys

from crushpad.__main__ import main

if __name__ == "__main__":
    sys.argv[1:1] = ["segment", "list"]
    main()
