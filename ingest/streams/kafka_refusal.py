"""What librdkafka says of client properties that it does not take, without their values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaException

_NAMED = re.compile(r'property:? "([^"]+)"')


@contextmanager
def properties_refused(names: Collection[str]) -> Iterator[None]:
    """Turn a refusal of a new client's settings into ValueError that names the property, one of `names`.

    librdkafka's own words quote the value, which may come from the environment.
    """
    try:
        yield
    except KafkaException as error:
        named = [name for name in _NAMED.findall(str(error.args[0])) if name in names]
        which = " and ".join(named or sorted(names)) or "bootstrap.servers"
        raise ValueError(
            f"librdkafka does not take what {which} is set to: see librdkafka's CONFIGURATION.md"
        ) from None
