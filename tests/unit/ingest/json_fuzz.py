"""Mangled payloads through the JSON decoder, in a process of their own: `python json_fuzz.py SEED`."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence

from ingest.decoders.base import Decoder, SourceColumn
from ingest.decoders.json import FEW_ROWS, JsonDecoder

COLUMNS = {
    "i": SourceColumn("INT", False),
    "d": SourceColumn("DOUBLE", False),
    "s": SourceColumn("STRING", False),
    "t": SourceColumn("TIMESTAMP", True),
    "f": SourceColumn("FLOAT", True),
}
DECODERS: Sequence[Decoder] = (JsonDecoder(COLUMNS), JsonDecoder({**COLUMNS, "j": SourceColumn("JSON", False)}))
GOOD = (
    b'{"i":1,"d":-1.5e3,"s":"a\\u00e4","t":[1,null],"f":[0.5],"x":{"y":[true,{}]}}',
    b'{"j":{"a":[1,2]},"s":"\xc3\xa4"}',
    b"{}",
)
BITS = (*(bytes([sign]) for sign in b'{}[]",:\\-\xff\0\n'), b"null", b"NaN", b"1e999", b"\\ud800")
MANY = [b"{}"] * FEW_ROWS


def mangled(chance: random.Random) -> bytes:
    payload = chance.choice(GOOD)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(payload) + 1)
        bit = chance.choice((chance.choice(BITS), chance.randbytes(2), b""))
        payload = payload[:at] + bit + payload[at + chance.randrange(3) :]
    return payload


def main(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(150):
        rows = [mangled(chance) for _ in range(chance.choice((1, 40)))]
        for batch in ([*rows], [*rows, *MANY], [rows[0], *MANY]):
            for decoder in DECODERS:
                decoded = decoder.decode(batch)
                assert decoded.rows.num_rows + len(decoded.refused) == len(batch), batch
    print("alive")


main(int(sys.argv[1]))
