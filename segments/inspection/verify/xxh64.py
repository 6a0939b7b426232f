"""XXH64 with seed 0, the hash of Parquet's bloom filters, of many values of one length at a time.

Every package that hashes with XXH64 takes one value a call; a filter is checked with thousands.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x165667B19E3779F9)
_P4 = np.uint64(0x85EBCA77C2B2AE63)
_P5 = np.uint64(0x27D4EB2F165667C5)
_STRIPE = 32


def xxh64(values: Bytes) -> Hashes:
    """Hash of each row of a matrix of bytes: rows are values, all of one length."""
    rows, length = values.shape
    with np.errstate(over="ignore"):
        stripes = length // _STRIPE
        hashes = _striped(values, stripes) if stripes else np.full(rows, _P5, np.uint64)
        hashes = hashes + np.uint64(length)
        return _avalanche(_tail(hashes, values, stripes * _STRIPE))


def _striped(values: Bytes, stripes: int) -> Hashes:
    rows = len(values)
    starts = (_P1 + _P2, _P2, np.uint64(0), np.uint64(0) - _P1)
    lanes = [np.full(rows, start, np.uint64) for start in starts]
    for stripe in range(stripes):
        for number in range(4):
            lanes[number] = _round(lanes[number], _word(values, stripe * _STRIPE + 8 * number, np.uint64))
    hashes = np.zeros(rows, np.uint64)
    for lane, turn in zip(lanes, (1, 7, 12, 18), strict=True):
        hashes = hashes + _rotated(lane, turn)
    for lane in lanes:
        hashes = (hashes ^ _round(np.zeros(rows, np.uint64), lane)) * _P1 + _P4
    return hashes


def _tail(hashes: Hashes, values: Bytes, at: int) -> Hashes:
    length = values.shape[1]
    while at + 8 <= length:
        mixed = _round(np.zeros(len(values), np.uint64), _word(values, at, np.uint64))
        hashes = _rotated(hashes ^ mixed, 27) * _P1 + _P4
        at += 8
    if at + 4 <= length:
        hashes = _rotated(hashes ^ (_word(values, at, np.uint32) * _P1), 23) * _P2 + _P3
        at += 4
    for place in range(at, length):
        hashes = _rotated(hashes ^ (values[:, place].astype(np.uint64) * _P5), 11) * _P1
    return hashes


def _round(lane: Hashes, word: Hashes) -> Hashes:
    return _rotated(lane + word * _P2, 31) * _P1


def _rotated(hashes: Hashes, bits: int) -> Hashes:
    return (hashes << np.uint64(bits)) | (hashes >> np.uint64(64 - bits))


def _word(values: Bytes, at: int, kind: type[np.uint64] | type[np.uint32]) -> Hashes:
    """The little-endian number at byte `at` of each value."""
    width = np.dtype(kind).itemsize
    words = np.ascontiguousarray(values[:, at : at + width]).view(np.dtype(kind).newbyteorder("<"))
    return words[:, 0].astype(np.uint64)


def _avalanche(hashes: Hashes) -> Hashes:
    hashes = (hashes ^ (hashes >> np.uint64(33))) * _P2
    hashes = (hashes ^ (hashes >> np.uint64(29))) * _P3
    return hashes ^ (hashes >> np.uint64(32))
