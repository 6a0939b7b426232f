"""IP addresses and networks; text that is none fails the query, as in Pinot."""

from __future__ import annotations

from dialects.column_types import BOOLEAN, BYTES, INT, LONG, STRING, array_of
from dialects.function_entry import Function, scalar

ADDRESSES: tuple[Function, ...] = (
    scalar("issubnetof", "ss", BOOLEAN, "pinot_ip_is_subnet_of({0}, {1})", "whether a prefix holds an address"),
    scalar("ipprefix", "sl", STRING, "pinot_ip_prefix({0}, {1})", "the network of an address with so many bits"),
    scalar("ipsubnetmin", "s", STRING, "pinot_ip_lowest({0})", "first address of a prefix"),
    scalar("ipsubnetmax", "s", STRING, "pinot_ip_highest({0})", "last address of a prefix"),
    scalar("isipv4string", "s", BOOLEAN, "pinot_ip_is_version({0}, 4)", "is an IPv4 address"),
    scalar("isipv6string", "s", BOOLEAN, "pinot_ip_is_version({0}, 6)", "is an IPv6 address"),
    scalar("ipv4tolong", "s", LONG, "pinot_ip_to_number({0})", "0 to 4294967295"),
    scalar("longtoipv4", "l", STRING, "pinot_ip_from_number({0})", "of 0 to 4294967295"),
    scalar("ipv6tobytes", "s", BYTES, "pinot_ip_to_octets({0})", "16 bytes"),
    scalar("bytestoipv6", "y", STRING, "pinot_ip_from_octets({0})", "of 16 bytes"),
    scalar("ipv4toipv6", "s", STRING, "pinot_ip_to_version_6({0})", "the IPv6 address that maps it"),
    scalar("ipv4cidrtorange", "s", array_of(STRING), "pinot_ip_range({0})", "first and last address of a prefix"),
    scalar("ipfamily", "s", INT, "pinot_ip_family({0})", "4 or 6"),
    scalar("ipmasklen", "s", INT, "pinot_ip_mask_length({0})", "bits of a prefix"),
    scalar("ipnetmask", "s", STRING, "pinot_ip_netmask({0})", "mask of a prefix"),
    scalar("iphostmask", "s", STRING, "pinot_ip_hostmask({0})", "inverted mask of a prefix"),
    scalar("isprivateip", "s", BOOLEAN, "pinot_ip_is_private({0})", "loopback, link-local or of a private network"),
)
