"""Whether a segment is what was sealed: each promise of the file is looked at on its own.

Words. A *check* is one promise (`digest`, `pages`, `order` ...) with what became of it: `ok`, `found` (the promise is
broken, the detail says where) or `unknown` (nothing at hand could tell). The *body* and the *end* of a file are those
of `segments.own_digest`.

Invariant: no single changed byte goes unfound, and a file's end is parsed only when its own digest holds (or when it
states none).

Start reading at `sealed.py`.
"""
