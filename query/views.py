"""Proven views of this host's tables (P22)."""

from __future__ import annotations

from pathlib import Path

import structlog
from pydantic import ValidationError

from query import faults
from query.faults import Unanswerable
from query.tables import QueryTable, QueryTables
from segments import view
from segments.catalogue import Catalogue, CatalogueReader
from segments.consuming.listing import list_sidecars
from segments.view import TableView
from tableconfigs.problems import InvalidConfig

_log = structlog.get_logger()


class Views:
    """Takes views; `tables` are kept ready between them."""

    def __init__(self, catalogue: CatalogueReader, consuming_root: Path) -> None:
        self.catalogue = catalogue
        self.tables = QueryTables()
        self._root = consuming_root

    def take(self, catalogue: Catalogue, written: str) -> tuple[QueryTable, TableView]:
        """The table that is named, and its rows as of now. Raises TableFault, ViewNotProven, and Unanswerable."""
        try:
            table = self.tables.find(catalogue, written)
            return table, view.take(table.entry, catalogue.generation, self._root, list_sidecars, self.catalogue.read)
        except (InvalidConfig, ValidationError) as error:
            _log.exception("table cannot be read", table=written)
            raise Unanswerable(faults.internal(f"the schema or a side-car of {written} is not ours")) from error
