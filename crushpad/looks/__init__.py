"""What a person may look at: the way of one record, what a table makes of records, the ledger.

Words: a *look* is one question, answered by one process (`runners/look.py`) from files, Kafka and ZooKeeper.

Invariant: a look changes nothing, and shows no secret.

Start reading at `world.py`, then `tracing.py`.
"""
