"""IP addresses and networks as text. Text that is none is a ValueError that quotes it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from engine.functions.entry import ArrowFunction, by_row

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SHOWN_MAX = 100
_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


def shown(address: Address) -> str:
    """The short form; one that maps an IPv4 address in hexadecimal too, on every version of Python."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        number = int(address.ipv4_mapped)
        return f"::ffff:{number >> 16:x}:{number & 0xFFFF:x}"
    return str(address)


def _address(text: str) -> Address:
    try:
        return ip_address(text)
    except ValueError as error:
        raise ValueError(f"not an IP address without a prefix: '{text[:_SHOWN_MAX]}'") from error


def _network(text: str) -> Network:
    if "/" not in text:
        raise ValueError(f"not an IP prefix such as 10.0.0.0/8: '{text[:_SHOWN_MAX]}'")
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"not an IP prefix such as 10.0.0.0/8: '{text[:_SHOWN_MAX]}'") from error


def _version_4(text: str) -> IPv4Address:
    address = _address(text)
    if isinstance(address, IPv6Address):
        raise ValueError(f"not an IPv4 address: '{text[:_SHOWN_MAX]}'")
    return address


def is_subnet_of(prefix: str, address: str) -> bool:
    return _address(address) in _network(prefix)


def prefix_of(address: str, bits: int) -> str:
    found = _address(address)
    if not 0 <= bits <= found.max_prefixlen:
        raise ValueError(f"a prefix of {address} has 0 to {found.max_prefixlen} bits, found {bits}")
    network = ip_network((found, bits), strict=False)
    return f"{shown(network.network_address)}/{bits}"


def lowest(prefix: str) -> str:
    return shown(_network(prefix).network_address)


def highest(prefix: str) -> str:
    return shown(_network(prefix).broadcast_address)


def is_version(text: str, version: int) -> bool:
    try:
        return ip_address(text).version == version
    except ValueError:
        return False


def to_number(text: str) -> int:
    return int(_version_4(text))


def from_number(number: int) -> str:
    if not 0 <= number < 2**32:
        raise ValueError(f"an IPv4 address is 0 to {2**32 - 1}, found {number}")
    return str(IPv4Address(number))


def to_octets(text: str) -> bytes:
    address = _address(text)
    if isinstance(address, IPv4Address):
        raise ValueError(f"not an IPv6 address: '{text[:_SHOWN_MAX]}'")
    return address.packed


def from_octets(octets: bytes) -> str:
    if len(octets) != 16:
        raise ValueError(f"an IPv6 address has 16 bytes, found {len(octets)}")
    return shown(IPv6Address(octets))


def to_version_6(text: str) -> str:
    return shown(IPv6Address((0xFFFF << 32) | int(_version_4(text))))


def range_of(prefix: str) -> list[str]:
    network = _network(prefix)
    if isinstance(network, IPv6Network):
        raise ValueError(f"not an IPv4 prefix: '{prefix[:_SHOWN_MAX]}'")
    return [str(network.network_address), str(network.broadcast_address)]


def is_private(text: str) -> bool:
    """Loopback, link-local, and the networks set aside for private use."""
    address = _address(text)
    return address.is_loopback or address.is_link_local or any(address in network for network in _PRIVATE)


ADDRESSES: tuple[ArrowFunction, ...] = (
    by_row("ip_is_subnet_of", "VARCHAR VARCHAR", "BOOLEAN", is_subnet_of),
    by_row("ip_prefix", "VARCHAR BIGINT", "VARCHAR", prefix_of),
    by_row("ip_lowest", "VARCHAR", "VARCHAR", lowest),
    by_row("ip_highest", "VARCHAR", "VARCHAR", highest),
    by_row("ip_is_version", "VARCHAR BIGINT", "BOOLEAN", is_version),
    by_row("ip_to_number", "VARCHAR", "BIGINT", to_number),
    by_row("ip_from_number", "BIGINT", "VARCHAR", from_number),
    by_row("ip_to_octets", "VARCHAR", "BLOB", to_octets),
    by_row("ip_from_octets", "BLOB", "VARCHAR", from_octets),
    by_row("ip_to_version_6", "VARCHAR", "VARCHAR", to_version_6),
    by_row("ip_range", "VARCHAR", "VARCHAR[]", range_of),
    by_row("ip_family", "VARCHAR", "INTEGER", lambda text: _address(text).version),
    by_row("ip_mask_length", "VARCHAR", "INTEGER", lambda prefix: _network(prefix).prefixlen),
    by_row("ip_netmask", "VARCHAR", "VARCHAR", lambda prefix: shown(_network(prefix).netmask)),
    by_row("ip_hostmask", "VARCHAR", "VARCHAR", lambda prefix: shown(_network(prefix).hostmask)),
    by_row("ip_is_private", "VARCHAR", "BOOLEAN", is_private),
)
