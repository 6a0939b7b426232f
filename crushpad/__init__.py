"""Floor 4, the application: HTTP, command line, settings, and the wiring of everything below.

Words: the *front* answers HTTP and never loads DuckDB; a *runner* is the main function of one kind of process; the
*controller* API is Pinot's on port 9000, the *broker* API is Pinot's on port 8099, and one app answers both.

Invariant: only this floor knows which implementation stands behind a seam; nothing below imports it.

Start reading at `cli/` (what a person types), then `wiring.py` (what is plugged into what), then `http/app.py`.
"""
