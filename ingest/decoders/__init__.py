"""Payloads to columns. Whole batches by a vectorised reader; only what that refuses, row by row and exactly.

Both ways give the same columns for a payload that both accept (a property test says so). Start at `base.py`.
"""
