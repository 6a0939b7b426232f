"""One registry of every key that a table config or a schema may have: type, default, bounds, and its fate here.

Words. A *fate* says what becomes of a key: honoured, honoured in our own way, accepted without effect, or refused. A
*path* names a key wherever it stands: `fieldConfigList[].name`, `instanceAssignmentConfigMap.*.partitionSelector`;
keys of a stream config are flat names such as `stream.kafka.topic.name`.

Invariant: a key is described once. Types and defaults of document keys are those of the models that read them; the
files here add fate and meaning. Every key that a model reads has a fate, and every fate belongs to a key (tested).

The registry drives the warnings and refusals of uploads (`tableconfigs/notices.py`), hints for misspelt keys, the
reference page (`reference_page.py`) and the JSON Schema (`json_schema.py`). Start with `option.py`, then `registry.py`.
"""
