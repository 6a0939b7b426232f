"""What the user asked for: Pinot's table configs and schemas as typed, checked values.

Words. A *schema* names the columns; a *table config* says how a table is fed, cut and indexed; a *stream config* is
the flat map of strings inside it that describes one Kafka topic; a *problem* is one thing wrong with what was sent,
with the JSON pointer of the place; *unrecognized* keys are never wrong, only reported.

Invariant: nothing here does I/O. Text goes in, frozen values or one `InvalidConfig` with every problem come out; the
environment and the clock are arguments. What is stored is what the user wrote, references such as `${BROKERS}` too.

Start with `schema.py` and `table.py` (the two JSON documents), then `stream.py` and `flush.py` (what ingestion reads),
`validation.py` (the checks that need both documents), `source.py` (where configs live) and `operations.py` (upload,
change, delete).
"""
