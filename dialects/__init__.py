"""Floor 0: SQL dialects. Pure text in, tree out; nothing here opens a file, a socket or a clock.

Words. A *statement* is the one SELECT of a request with its options (`pinot.parse`). *Binding* resolves its names
against a schema and prints it as DuckDB SQL over a relation `t` (`binding.bind`). A *function* is a row of the one
table in `functions.py`: the allow-list of what a query may call. A *fault* is what the sender did wrong, with Pinot's
code.

Invariant (P27): the text of a user never reaches DuckDB. What is printed comes from trees of known shape, functions of
the table, names of the schema, and literals that `literals.py` escapes.

Start reading at `pinot.parse`, then `binding.bind`.
"""
