"""A guess which JSON payloads the vectorised reader will refuse, so that one bad row does not send others the slow way.

Nothing hangs on the guess: what is suspected wrongly is read exactly, what is missed makes the reader refuse again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.decoders.base import Columns

_WHOLE = frozenset({"INT", "LONG", "TIMESTAMP"})
_REAL = frozenset({"FLOAT", "DOUBLE"})

_WRONG = {
    **dict.fromkeys(_WHOLE, r"""["\[{tf]|-?[0-9]+[.eE]"""),
    **dict.fromkeys(_REAL, r"""["\[{tf]"""),
    "BOOLEAN": r"""["\[{0-9-]""",
    "STRING": r"""[\[{tf0-9-]""",
}
"""By type: how a value begins that is not of it."""


_BROKEN = (r"""^\{\s*[^"\s}]""", r""":\s*[,}\]]""", r""",\s*[}\]]""")
"""What is no JSON at a glance: a key without quotation marks, a value that is not there."""


class Suspects:
    """Looks at a batch by two regular expressions and its ends."""

    def __init__(self, columns: Columns) -> None:
        by_wrong: dict[str, list[str]] = {}
        for name, column in columns.items():
            wrong = r"""[^\[n\s]""" if column.multi_value else _WRONG.get(column.data_type, "")
            by_wrong.setdefault(wrong, []).append(re.escape(name))
        mistyped = [rf"""(?:{"|".join(names)})"\s*:\s*(?:{wrong})""" for wrong, names in by_wrong.items() if wrong]
        self._pattern = "|".join([*_BROKEN, rf""""(?:{"|".join(mistyped)})"""] if mistyped else _BROKEN)

    def among(self, payloads: Sequence[bytes]) -> npt.NDArray[np.bool_]:
        """Which payloads are likely to be refused."""
        texts = pa.array(payloads, pa.binary())
        whole = pc.and_(pc.starts_with(texts, "{"), pc.ends_with(texts, "}"))
        odd = pc.or_(pc.invert(whole), pc.match_substring_regex(texts, self._pattern))
        found: npt.NDArray[np.bool_] = odd.to_numpy(zero_copy_only=False)
        return found
