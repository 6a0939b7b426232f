"""The processes of one host: `host.py` starts and watches the others, `front.py` answers HTTP, `ingest.py` consumes."""
