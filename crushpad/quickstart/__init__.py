"""The quickstart: real servers, a seeded stream of clicks, and a show of what happens to them.

Words: the *stream* is endless and made of rows that depend on their number only; the *show* is what a newcomer watches;
the *trickle* is what the stream slows down to afterwards.

Invariant: nothing is special about the demo. It uses the service over HTTP and Kafka, as anybody would.

Start reading at `show.py`; `clicks.py` makes the rows, for the demo and for benchmarks.
"""
