"""Arrow without pandas, for processes that have nothing to do with it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_PANDAS = "pandas"


class _NoPandas(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol's names
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname == _PANDAS:
            raise ModuleNotFoundError("pandas is of no use to this process", name=_PANDAS)
        return None


def arrow_alone() -> None:
    """Call it before Arrow makes its first value.

    pyarrow loads pandas where it is installed, only to ask whether a value is one of pandas: 0.5 s of CPU and 35 MB.
    """
    sys.meta_path.insert(0, _NoPandas())
