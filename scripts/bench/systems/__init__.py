"""What is measured: each system behind the one `port.System`, driven as its users drive it (processes, HTTP).

Invariant: nothing here measures; parts do. Start reading at `port.py`.
"""
