"""Floor 3: the truth. What ZooKeeper stores, how a commit reaches it, and how a host follows it.

Words: a *session* is one host's connection, watched for loss; a *transaction* is ZooKeeper's multi with a typed result;
the *consuming record* is a partition's fence, its children are its *steps*; the *follower* publishes what is stored
here as the local catalogue. kazoo is imported in this package only.

Invariant: a partition moves by one version-checked multi and by nothing else (P8, I5). Leases, ephemeral nodes and
elections only avoid double work. An answer that did not arrive is a value or an exception that says so, never a guess.

Start reading at `paths.py` (the layout), then `session.py`, `transaction.py` and `registry.py`; `follow.py` and
`follower.py` are the way out.
"""
