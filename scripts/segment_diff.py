"""Compare two segments; the exit code is 6 when they differ.

    python scripts/segment_diff.py LEFT RIGHT

The same as `crushpad segment diff`, with the same options; no service and no network.
"""

from __future__ import annotations

import sys

from crushpad.__main__ import main

if __name__ == "__main__":
    sys.argv[1:1] = ["segment", "diff"]
    main()
