"""Floor 3: out. SQL text in, a whole Pinot broker response out.

Words. A *query table* is a catalogue entry ready to be asked (columns by schema version, proofs done once). A *plan*
names the segments and consuming parts of one view and holds either the answer (from metadata, P30) or a *job* for an
*engine*: a child process that runs one query at a time on DuckDB (P26). A *stale* answer means that a file was gone.

Invariant (P22): a wrong count is never an answer. A view is proven before it is used; when a file of it cannot be
opened, a fresh view is taken, three times, and then the answer is an error. The front never loads DuckDB.

A *range read* (`rows.py`) gives rows without SQL: a *walk* of *steps* in a total order, taken up again behind any row.

What runs and what ran last is known (`running.py`), can be ended, and is asked for in SQL like all that the service
knows (`system_tables.py`). Answers may be kept on disk and fetched in pages (`cursors.py`).

Start reading at `service.QueryService.answer`, then `plan.py`, `scan.py`, `execute.py` and `engine_process.py`.
"""
