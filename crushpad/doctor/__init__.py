"""What `crushpad doctor` looks at: one check, one or more findings, each with what to do.

Words: a *finding* is `ok`, `warn` (it works, but look at it) or `bad` (it does not, or soon will not).

Invariant: nothing is changed that stays: a probe file is removed, a probe znode is ephemeral.

Start reading at `examination.py`.
"""
