"""Floor 3, housekeeping: pure decisions over what the stores and the registry say, carried out by the controller.

Nothing here decides by a clock what is dead (P12): an attempt is dead when its sequence is committed under another
attempt, or when its table incarnation is gone. Start at `sweep.py`.
"""
