"""The command line: `crushpad NOUN VERB`, one file per noun.

Words: *data* goes to standard output in the form that `--output` names; *talk* goes to standard error; a command ends
with one of the codes in `exit_codes.py`.

Invariant: importing `app.py` imports nothing heavy, so that help is instant; commands import what they need.

Start reading at `app.py`, then `table.py` for a typical noun.
"""
