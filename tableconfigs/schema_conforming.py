"""`schemaConformingTransformerConfig`: fields that the schema lacks are gathered in JSON columns (contract 1.6)."""

from tableconfigs.parsing import PinotModel, Text


class SchemaConformingTransformerConfig(PinotModel):
    """Where the fields of a record go that have no column of their own. Defaults are those of the contract."""

    enable_indexable_extras: bool = True
    indexable_extras_field: Text = "json_data"
    enable_unindexable_extras: bool = True
    unindexable_extras_field: Text = "json_data_no_idx"
    unindexable_field_suffix: Text = "_noindex"
    field_paths_to_drop: list[Text] = []
    field_paths_to_preserve_input: list[Text] = []
    field_paths_to_preserve_input_with_index: list[Text] = []
    field_paths_to_skip_storage: list[Text] = ["message"]
    column_name_to_json_key_path_map: dict[str, Text] = {}
    merged_text_index_field: Text = "__mergedTextIndex"
    merged_text_index_document_max_length: int = 32_766
    merged_text_index_binary_document_detection_min_length: int = 512
    merged_text_index_path_to_exclude: list[Text] = []
    merged_text_index_prefix_to_exclude: list[Text] = []
    merged_text_index_suffix_to_exclude: list[Text] = []
    merged_text_index_begin_of_doc_anchor: Text = ""
    merged_text_index_end_of_doc_anchor: Text = ""
    json_key_value_separator: Text = ":"
    optimize_case_insensitive_search: bool = False
    reverse_text_index_key_value_order: bool = True
    use_anonymous_dot_in_field_names: bool = True
