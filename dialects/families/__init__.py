"""The rows of the function table, one module per family (contract section 2.6). `functions.py` puts them together."""
