"""Values by chance that are always the same for a row of a seed, whatever the batch: hashes of the row's number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from crushpad.quickstart.clicks import Words, random_words

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]


class Chance:
    """The rows `numbers` of the stream `seed`; each call is a new throw, so the order of calls belongs to the data."""

    def __init__(self, seed: int, numbers: Words) -> None:
        self.numbers = numbers.astype(np.int64)
        self._words = numbers
        self._seed = seed
        self._throws = 0

    def below(self, end: int, start: int = 0) -> Whole:
        """Whole numbers in `[start, end)`, each as likely."""
        return start + (self._throw() % np.uint64(end - start)).astype(np.int64)

    def share(self) -> Real:
        """Numbers in [0, 1)."""
        return (self._throw() >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def money(self, most: float) -> Real:
        """Numbers below `most` with two digits behind the point."""
        return np.round(self.share() * most, 2)

    def exponential(self, rate: float) -> Whole:
        """Whole numbers of mean about `1 / rate`, many small and few large."""
        return np.floor(-np.log1p(-self.share()) / rate).astype(np.int64)

    def uneven(self, end: int) -> Whole:
        """Whole numbers below `end`, the lower the likelier (by the square)."""
        return (self.share() ** 2 * end).astype(np.int64)

    def one_of(self, words: Sequence[str]) -> list[str]:
        return [words[at] for at in self.below(len(words)).tolist()]

    def hexes(self, digits: int) -> list[str]:
        """Random text of up to 16 hexadecimal digits."""
        return [f"{word:016x}"[:digits] for word in self._throw().tolist()]

    def happens(self, share: float) -> npt.NDArray[np.bool_]:
        return self.share() < share

    def _throw(self) -> Words:
        self._throws += 1
        return random_words(self._seed, self._words, self._throws)
