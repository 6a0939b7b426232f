"""The multi-stage side of Pinot's dialect: joins, sub-queries, set operations, windows.

Words. A *source* is one entry of a FROM: a table, a sub-query, a WITH query or an UNNEST. A *scope* is what the names
of one SELECT may mean: its sources, then those of the SELECTs around it. A *relation* is a printed query with its
columns.

Invariant: every column of a scope has a name of its own in the whole statement, so that what is printed needs no
qualifiers and a correlated sub-query may use the names around it.

Start reading at `binding.bind_stages`.
"""
