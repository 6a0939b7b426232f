"""What a person says of a table beside its config: paused, resumed, enabled, disabled (contract 4.8, 4.10).

It stands in the table's record, which every host follows; the partitions commit what they have read and stop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from tableconfigs.operations import find_table, name_with_type
from tableconfigs.problems import InvalidConfig, Problem
from tableconfigs.source import Conflict, NotFound, Pause, StoredTable, TableConfigSource, TableState
from tableconfigs.table import TableConfig

ATTEMPTS = 5
"""Somebody else may change the table at the same time: what a person wants holds all the same."""


def pause(source: TableConfigSource, name: str, comment: str | None, now_ms: int) -> StoredTable:
    """Nothing of the table is read until it is resumed. Raises NotFound, Conflict, SourceUnavailable."""
    return _changed(source, name, lambda old: _paused(old, now_ms, paused=True, comment=comment))


def resume(source: TableConfigSource, name: str, comment: str | None, now_ms: int) -> StoredTable:
    """The table is read again, but for topics that are paused themselves. Raises as `pause`."""
    return _changed(source, name, lambda old: _paused(old, now_ms, paused=False, comment=comment))


def pause_topics(source: TableConfigSource, name: str, topics: Collection[int], now_ms: int) -> StoredTable:
    """Nothing of these topics, by their index in the config, is read. Raises as `pause`, and InvalidConfig."""
    return _changed(source, name, lambda old: _with_topics(old, now_ms, set(_inactive(old)) | _known(old, topics)))


def resume_topics(source: TableConfigSource, name: str, topics: Collection[int], now_ms: int) -> StoredTable:
    """These topics are read again. Raises as `pause_topics`."""
    return _changed(source, name, lambda old: _with_topics(old, now_ms, set(_inactive(old)) - _known(old, topics)))


def set_enabled(source: TableConfigSource, name: str, enabled: bool) -> StoredTable:
    """A disabled table keeps its data, consumes nothing and answers nothing. Raises as `pause`."""
    state = TableState.ACTIVE if enabled else TableState.DISABLED
    return _changed(source, name, lambda old: old.model_copy(update={"state": state}))


def delete_until(source: TableConfigSource, name: str, until_ms: int) -> StoredTable:
    """The table is gone for everybody, but a person may take it back until then. Raises as `pause`."""
    changes = {"state": TableState.DELETING, "keep_until_ms": until_ms}
    return _changed(source, name, lambda old: old.model_copy(update=changes))


def undelete(source: TableConfigSource, name: str) -> StoredTable:
    """Take a deleted table back while it is kept. Raises NotFound when it is not, Conflict, SourceUnavailable."""
    found = source.table(name_with_type(name))
    if found.value.state is not TableState.DELETING or found.value.keep_until_ms is None:
        raise NotFound(f"Table {name} is not kept: only one that was deleted with a retention can be taken back")
    back = found.value.model_copy(update={"state": TableState.ACTIVE, "keep_until_ms": None})
    source.put_table(back, found.version)
    return back


def end_retention(source: TableConfigSource, name_with_type: str) -> StoredTable:
    """From now on nobody takes a deleted table back; its partitions may go. Raises NotFound, Conflict."""
    found = source.table(name_with_type)
    if found.value.state is not TableState.DELETING:
        raise Conflict(f"table {name_with_type} was taken back")
    if found.value.keep_until_ms is None:
        return found.value
    ended = found.value.model_copy(update={"keep_until_ms": None})
    source.put_table(ended, found.version)
    return ended


def _changed(source: TableConfigSource, name: str, change: Callable[[StoredTable], StoredTable]) -> StoredTable:
    for _ in range(ATTEMPTS):
        found = find_table(source, name)
        after = change(found.value)
        if after == found.value:
            return after
        try:
            source.put_table(after, found.version)
        except Conflict:
            continue
        return after
    raise Conflict(f"table {name} is changed by others all the time: try again")


def _paused(old: StoredTable, now_ms: int, *, paused: bool, comment: str | None) -> StoredTable:
    pause = Pause(paused=paused, comment=comment, changed_ms=now_ms, inactive_topics=_inactive(old))
    return old.model_copy(update={"pause": pause})


def _with_topics(old: StoredTable, now_ms: int, topics: Collection[int]) -> StoredTable:
    before = old.pause or Pause(paused=False, changed_ms=now_ms)
    changes = {"changed_ms": now_ms, "inactive_topics": tuple(sorted(topics))}
    return old.model_copy(update={"pause": before.model_copy(update=changes)})


def _inactive(old: StoredTable) -> tuple[int, ...]:
    return old.pause.inactive_topics if old.pause else ()


def _known(old: StoredTable, topics: Collection[int]) -> set[int]:
    """The indices, if the table has such topics."""
    number = len(TableConfig.parse(old.config).value.streams)
    unknown = sorted(index for index in topics if not 0 <= index < number)
    if unknown:
        text = f"Topic indices {unknown} are not those of table {old.name_with_type}: it has 0 to {number - 1}"
        raise InvalidConfig([Problem("/topicIndices", unknown, text)], "")
    return set(topics)
