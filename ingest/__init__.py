"""Floor 3, in: Kafka records become consuming rows, and consuming rows become committed segments.

One partition machine per Kafka partition (`machine.py`, pure), performed by `partition.py`, many of them stepped by
one `worker.py`; no consumer group. What a machine may do next is decided from its state alone; time, randomness,
Kafka, ZooKeeper and the disk are arguments.

Start reading at `machine.py`, then `pipeline.py` (a batch's way) and `streams/base.py` (the seam to Kafka).
"""
