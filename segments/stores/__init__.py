"""Where sealed files live once they are complete: the deep store.

A *key* is a relative path that carries the partition's identity and the attempt id, so no two attempts ever share one
(P1, P8). Its invariant: what a store lists is complete, durable and never overwritten (I3); nothing is deleted but
what was retired to `deleted/` long enough ago (P12).

Start reading at `base.py`.
"""
