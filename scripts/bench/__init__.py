"""The bench: one command that measures Crushpad beside a peer and beside the machine's limits, in one run.

Words: a *system* is what is measured (`systems/`: Crushpad, a Pinot), a *part* measures one thing all systems do
(`ingest`, `freshness`, `query`, `qps`, `recovery`, `growth`, `stages`), a *figure* is one number per repetition: ours,
the peers' and the limits', with targets. Invariant: two systems never work at the same time, and a target is a ratio of
numbers of the same run. Start reading at `__main__.py`, then `figures.py` and `systems/port.py`.
"""
