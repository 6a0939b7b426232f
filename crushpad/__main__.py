"""The `crushpad` command, also as `python -m crushpad`."""

from __future__ import annotations

import sys

from crushpad.cli.exit_codes import Failure


def main() -> None:
    """Run the command line and end the process with one of the documented exit codes."""
    from crushpad.cli.app import app

    try:
        app(prog_name="crushpad")
    except Failure as failure:
        print(f"crushpad: {failure}", file=sys.stderr)
        sys.exit(failure.code)


if __name__ == "__main__":
    main()
