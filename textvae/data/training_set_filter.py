"""The training captions of a model as a Bloom filter, which can be queried but not listed.

A training caption is always found; any other caption is mistaken for one with a stated
probability. The hash is blake2b, the same on every machine and in every process.
"""

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Self

import numpy as np

from textvae.errors import BadInput
from textvae.types import Array

RATE = 1e-4  # of false positives; takes 19 bits per caption, so 310 KB for COCO
AT_ONCE = 2**14  # captions added at once
MAX_HASHES = 16  # a digest of blake2b holds 16 numbers of 32 bits, so no rate below 2e-5


@dataclasses.dataclass(frozen=True)
class BloomFilter:
    """A set of captions that supports membership tests.

    Attributes:
        bits: `num_bits` bits, packed into bytes: uint8 `[ceil(num_bits / 8)]`.
        num_bits: how many positions the hashes choose from.
        num_hashes: positions that a caption sets.
        num_captions: distinct captions in the set.
        rate: the share of other captions reported as members.

    Source: Bloom 1970; Mitzenmacher & Upfal 2005, section 5.5.3, for the sizes.

    Example:
        >>> BloomFilter.of(["a dog runs", "a cat sits"]).contains(["a cat sits", "a cat runs"])
        [True, False]
    """

    bits: Array
    num_bits: int
    num_hashes: int
    num_captions: int
    rate: float

    @classmethod
    def of(cls, captions: Iterable[str], rate: float = RATE) -> Self:
        """The filter of these captions; the same set gives the same bits.

        Raises:
            BadInput: `rate` is out of range.
        """
        distinct = sorted(set(captions))
        num_hashes = round(-math.log2(rate))
        if not 1 <= num_hashes <= MAX_HASHES:
            raise BadInput(f"the rate must be from {2.0**-MAX_HASHES:.1g} to 0.7, got {rate}")
        num_bits = max(8, math.ceil(-math.log(rate) * len(distinct) / math.log(2) ** 2))
        is_set = np.zeros(num_bits, np.uint8)
        is_set[_positions(distinct, num_bits, num_hashes)] = 1
        return cls(np.packbits(is_set), num_bits, num_hashes, len(distinct), rate)

    @classmethod
    def of_many(cls, captions: Iterable[str], most: int, rate: float = RATE) -> Self:
        """The filter of captions that do not fit in memory, which are read once.

        Args:
            captions: equal ones count once.
            most: their number including duplicates, an upper bound on the distinct ones.
            rate: of false positives.
        """
        empty = cls.of((), rate)
        num_bits = max(8, math.ceil(-math.log(rate) * most / math.log(2) ** 2))
        bits = np.zeros(-(-num_bits // 8), np.uint8)
        found = dataclasses.replace(empty, bits=bits, num_bits=num_bits)
        captions, num_captions = iter(captions), 0
        while some := list(dict.fromkeys(islice(captions, AT_ONCE))):
            num_captions += found.contains(some).count(False)
            positions = _positions(some, num_bits, found.num_hashes).ravel()
            bit = np.uint8(1) << (7 - (positions & 7)).astype(np.uint8)
            np.bitwise_or.at(bits, positions >> 3, bit)
        return dataclasses.replace(found, num_captions=num_captions)

    def contains(self, captions: Sequence[str]) -> list[bool]:
        """Whether each caption is in the set, with rare false positives."""
        positions = _positions(captions, self.num_bits, self.num_hashes)
        bits = self.bits[positions >> 3] >> (7 - (positions & 7)).astype(np.uint8)
        found: list[bool] = (bits & 1).astype(bool).all(axis=1).tolist()
        return found

    @property
    def fill(self) -> float:
        """The share of bits that are set; about a half."""
        return int(np.bitwise_count(self.bits).sum(dtype=np.int64)) / self.num_bits


@dataclasses.dataclass(frozen=True)
class TrainingSetFilter:
    """The captions that a model was trained on, and those of the models it started from.

    Example:
        >>> coco = TrainingSetFilter.of(["a dog runs"])
        >>> later = TrainingSetFilter.of(["a cat sits"], before=coco)
        >>> later.contains(["a dog runs", "a cat sits", "a bird sings"])
        [True, True, False]
    """

    filters: tuple[BloomFilter, ...]

    @classmethod
    def of(
        cls,
        captions: Iterable[str],
        before: "TrainingSetFilter | None" = None,
        most: int | None = None,
    ) -> "TrainingSetFilter":
        """The filter of these cleaned captions and of those in `before`.

        If the captions do not fit in memory, `most` is their number.
        """
        own = BloomFilter.of(captions) if most is None else BloomFilter.of_many(captions, most)
        earlier = before.filters if before else ()
        # A run may go on with the captions of the one before it.
        others = [each for each in earlier if not np.array_equal(each.bits, own.bits)]
        return cls((*others, own))

    @property
    def rate(self) -> float:
        """An upper bound on the share of other captions reported as members."""
        return sum(each.rate for each in self.filters)

    @property
    def num_captions(self) -> int:
        """Distinct captions of the last run."""
        return self.filters[-1].num_captions

    def contains(self, captions: Sequence[str]) -> list[bool]:
        """Whether each cleaned caption is among them, verbatim."""
        answers = [each.contains(captions) for each in self.filters]
        return [any(answer) for answer in zip(*answers, strict=True)]

    def facts(self) -> dict[str, Any]:
        """The facts that the report and the model card show.

        Example:
            >>> TrainingSetFilter.of(["a dog runs"]).facts()
            {'captions': 1, 'false_positive_rate': 0.0001}
        """
        return {"captions": self.num_captions, "false_positive_rate": self.rate}

    def arrays(self) -> tuple[dict[str, Array], dict[str, str]]:
        """The bits by name, and the sizes as metadata of a safetensors file."""
        sizes = [
            {name: value for name, value in vars(each).items() if name != "bits"}
            for each in self.filters
        ]
        bits = {f"bits.{i}": each.bits for i, each in enumerate(self.filters)}
        return bits, {"filters": json.dumps(sizes)}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, Array], metadata: Mapping[str, str], source: str
    ) -> "TrainingSetFilter":
        """The filter that `arrays` was called on; `source` names the file in messages.

        Raises:
            BadInput: the arrays or the metadata are not those of a filter.
        """
        try:
            sizes = json.loads(metadata.get("filters", ""))
            filters = tuple(
                BloomFilter(arrays[f"bits.{i}"], **each) for i, each in enumerate(sizes)
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            filters = ()
        if not filters or len(filters) != len(arrays) or not all(map(_is_valid, filters)):
            raise BadInput(f"{source} is not the filter of a model's training captions")
        return cls(filters)


def _positions(captions: Sequence[str], num_bits: int, num_hashes: int) -> Array:
    """The bits that each caption sets, `[N, num_hashes]` int64."""
    digests = b"".join(hashlib.blake2b(caption.encode()).digest() for caption in captions)
    numbers = np.frombuffer(digests, "<u4").reshape(-1, MAX_HASHES)[:, :num_hashes]
    return numbers.astype(np.int64) % num_bits


def _is_valid(found: BloomFilter) -> bool:
    numbers = (found.num_bits, found.num_hashes, found.num_captions)
    if not all(type(each) is int for each in numbers) or type(found.rate) is not float:
        return False
    is_sized = found.num_bits >= 8 and 1 <= found.num_hashes <= MAX_HASHES
    shape = (-(-found.num_bits // 8),)
    if not is_sized or found.bits.dtype != np.uint8 or found.bits.shape != shape:
        return False
    # A filter with too many bits set would report every caption as a member.
    return 0.0 < found.rate <= 0.01 and found.fill < 0.8
