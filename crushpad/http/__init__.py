"""The HTTP face: Pinot's controller and broker routes, answered by one app on both ports.

Words: a *service* is what a route asks (configs, queries, the catalogue, statuses): `services.py` names them all, the
wiring provides them; the *boundary* is the ASGI layer around everything: limits, request ids, security headers.

Invariant: routes translate and decide nothing; every error of the floors below has one row in `errors.py`; no answer
carries a stack trace or a null error.

Start reading at `app.py`, then `broker.py` for the hot path and `tables.py` for a typical slow one.
"""
