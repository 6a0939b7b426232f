"""Where one SQL statement ends and the next begins. Pure."""

from __future__ import annotations

import re

_PIECES = re.compile(r"""'[^']*(?:'|\Z)|"[^"]*(?:"|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)|;|[^'";/-]+|.""", re.DOTALL)


def split_statements(text: str) -> tuple[list[str], str]:
    """(statements that are ended by `;`, what stands behind the last of them). Quotes and comments hold no end."""
    found: list[str] = []
    current = ""
    for piece in _PIECES.findall(text):
        if piece == ";":
            found.append(current.strip())
            current = ""
        else:
            current += piece
    return [statement for statement in found if statement], current.lstrip()


def is_setting(statement: str) -> bool:
    """`SET k = v`, which holds for what follows."""
    return statement[:3].upper() == "SET" and statement[3:4].isspace()
