"""`schemaConformingTransformer`: fields that have no column are gathered as JSON, and as text to be searched."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ingest.decoders.columns import Record
from ingest.decoders.texts import string_of
from tableconfigs.schema_conforming import SchemaConformingTransformerConfig

DOT = "."


class SchemaConforming:
    """Puts every leaf of a record where it belongs: its column, the indexable extras, the unindexable ones, nowhere."""

    def __init__(
        self, config: SchemaConformingTransformerConfig, columns: Collection[str], read: Collection[str] = ()
    ) -> None:
        """`columns` are the table's own, `read` the fields that transforms read as they came."""
        self._config = config
        self._columns = frozenset(columns)
        self._column_of = {path: column for column, path in config.column_name_to_json_key_path_map.items()}
        self._drop = frozenset(config.field_paths_to_drop)
        self._keep = frozenset(config.field_paths_to_preserve_input) | (frozenset(read) - self._columns)
        self._unstored = frozenset(config.field_paths_to_skip_storage)
        self._wants_text = config.merged_text_index_field in self._columns

    def rows(self, record: Mapping[str, Any]) -> Sequence[Record]:
        """The one row of the record."""
        config = self._config
        row: dict[str, Any] = {name: record[name] for name in self._keep if name in record}
        extras: dict[str, Any] = {}
        unindexed: dict[str, Any] = {}
        searched: list[str] = []
        for path, value in self._leaves((), record):
            name = DOT.join(path)
            if name in self._drop or any(name.startswith(f"{dropped}{DOT}") for dropped in self._drop):
                continue
            indexable = not any(key.endswith(config.unindexable_field_suffix) for key in path)
            if self._wants_text and indexable:
                searched += self._documents(name, value)
            column = self._column_of.get(name, name)
            if column in self._columns:
                row[column] = value
            elif name not in self._unstored:
                _put(extras if indexable else unindexed, path, value)
        return [row | self._gathered(extras, unindexed, searched)]

    def _leaves(self, path: tuple[str, ...], fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Values that are no objects or have a column, each with the keys that lead to it; nulls are left out."""
        for key, value in fields.items():
            here = (*path, key)
            if isinstance(value, dict) and value and DOT.join(here) not in self._columns:
                yield from self._leaves(here, value)
            elif value is not None:
                yield here, value

    def _gathered(self, extras: dict[str, Any], unindexed: dict[str, Any], searched: list[str]) -> dict[str, Any]:
        config = self._config
        found: dict[str, Any] = {}
        if config.enable_indexable_extras and extras:
            found[config.indexable_extras_field] = extras
        if config.enable_unindexable_extras and unindexed:
            found[config.unindexable_extras_field] = unindexed
        return found | ({config.merged_text_index_field: searched} if searched else {})

    def _documents(self, name: str, value: Any) -> Iterator[str]:
        """`value:key` of each value that is short enough, without those that are no text to a reader."""
        config = self._config
        if name in config.merged_text_index_path_to_exclude or self._is_excluded(name):
            return
        for each in value if isinstance(value, list) else [value]:
            text = string_of(each)
            if _is_binary(text, config.merged_text_index_binary_document_detection_min_length):
                continue
            parts = (text, name) if config.reverse_text_index_key_value_order else (name, text)
            document = config.json_key_value_separator.join(parts)
            if len(document) <= config.merged_text_index_document_max_length:
                begin, end = config.merged_text_index_begin_of_doc_anchor, config.merged_text_index_end_of_doc_anchor
                yield f"{begin}{document}{end}"

    def _is_excluded(self, name: str) -> bool:
        config = self._config
        prefixes, suffixes = config.merged_text_index_prefix_to_exclude, config.merged_text_index_suffix_to_exclude
        return name.startswith(tuple(prefixes)) or name.endswith(tuple(suffixes))


def _put(tree: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value


def _is_binary(text: str, length_min: int) -> bool:
    """Whether a long text is base64, which nobody searches."""
    return len(text) >= length_min and all(char.isascii() and (char.isalnum() or char in "+/=-_") for char in text)
