"""The map of a model: captions of its own at their codes, laid out in a plane by what they say.

The plane is a linear projection, the one in which kinds of scene lie furthest apart. So the way
between two captions is a straight line on it, A - B + C is the corner of a parallelogram, and
every place belongs to codes that can be written down. No caption of any data set is in it.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from textvae.errors import BadInput

NAME = "map.safetensors"
NUM_POINTS = 3000
FEWEST_UNITS = 2  # a code of one unit has no plane
MOST_POINTS = 50_000  # that a file from elsewhere may hold
OTHER = "other"
RIDGE = 0.1  # of the mean variance of a unit: units that carry nothing get no say
NEIGHBOURS = 12  # among which the most alike is looked for
COUNT_OF_WORDS = 8  # kinds of captions that the table below knows nothing of
Array = np.ndarray[Any, Any]

# A caption is of the first kind that has one of its words: what is rare stands above what goes
# with everything.
KINDS = {
    "ball": "ball baseball basketball bat batter court football frisbee pitcher player players"
    " racket racquet soccer tennis volleyball wii",
    "boards": "skate skateboard skateboarder skateboarding skateboards ski skier skiers skiing"
    " skis slope snow snowboard snowboarder snowboarding snowy surf surfboard surfboards surfer"
    " surfers surfing wave waves",
    "animals": "animal animals bear bears bird birds cattle cow cows duck ducks elephant"
    " elephants giraffe giraffes goat goats herd horse horses lamb sheep zebra zebras",
    "pets": "cat cats dog dogs kitten kittens puppy puppies",
    "food": "apple apples banana bananas bowl bread broccoli cake carrots cheese chicken coffee"
    " dessert dish donut donuts eating food fries fruit hot meal meat oranges pizza plate"
    " plates rice salad sandwich slice soup vegetables wine",
    "kitchen": "appliances bathroom bathtub cabinets counter fridge kitchen microwave oven"
    " refrigerator shower sink stove toilet tub vanity",
    "rooms": "bed bedroom book books cell cellphone chair chairs computer couch desk fireplace"
    " floor furniture keyboard lamp laptop living mirror office phone remote room shelf sofa"
    " table tables television tv vase window",
    "street": "airplane airplanes airport bicycle bicycles bike bikes boat boats bridge"
    " building buildings bus buses car cars church city clock hydrant jet luggage meter"
    " motorcycle motorcycles parking plane road runway sidewalk sign signs station street"
    " suitcase suitcases tower track tracks traffic train trains truck trucks",
    "water": "bathing beach lake ocean pond river sand sea shore swimming water",
    "land": "dirt field flowers forest garden grass grassy grazing hill jungle kite kites lawn"
    " mountain mountains mud muddy park rock rocks tree trees wooded woods",
    "people": "boy boys child children crowd girl girls guy kid kids lady man men people person"
    " player someone woman women",
    "enclosure": "cage enclosure fence fenced pen zoo",
    "family": "adult babies baby calf family mother young",
}
# Words that are in all kinds of captions, and so tell none from another.
FUNCTION_WORDS = frozenset(
    word
    for line in (
        "a after an and are as at be before by down each for from front has have he her his in",
        "into is it its next of on other out over she some that the their there they this to",
        "top up while who with",
    )
    for word in line.split()
)


class Speaker(Protocol):
    """What a map is made from: `pipeline.Pipeline`, as far as it is needed here."""

    def prior_codes(self, num_codes: int, seed: int = 0) -> Array:
        """Codes drawn from the prior, `[N, D]`."""

    def decode(self, z: Array) -> list[str]:
        """The likeliest caption of each code."""


class Unit(NamedTuple):
    """A latent unit, its spread over the map, and words that go with its low and high ends."""

    number: int
    mean: float
    spread: float
    low: tuple[str, ...]
    high: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class LatentMap:
    """Captions at their codes, and the plane that shows them.

    Attributes:
        captions: what the model says at each code, all different.
        codes: `[N, D]` float32, each exact in 16 bits.
        kinds: `[N]`, of each caption the place of its kind in `names`.
        names: of the kinds; a key of `KINDS`, `other`, or a word that such captions share.
        centre: `[D]`, the code in the middle of the plane.
        axes: `[D, 2]`, which take a code to its place.
    """

    captions: tuple[str, ...]
    codes: Array
    kinds: Array
    names: tuple[str, ...]
    centre: Array
    axes: Array

    def places(self, codes: Array) -> Array:
        """Where codes lie: `[N, D]` -> `[N, 2]`."""
        out: Array = (codes.astype(np.float64) - self.centre) @ self.axes
        return out

    @cached_property
    def points(self) -> Array:
        """Where the map's own codes lie, `[N, 2]`."""
        return self.places(self.codes)

    @cached_property
    def lift(self) -> Array:
        """The change of a code that goes with a step in the plane, `[2, D]`.

        Of all changes with that projection the likeliest, if codes were normal: it keeps to
        the directions in which codes differ.
        """
        towards = _with_ridge(_covariance(self.codes)) @ self.axes
        out: Array = np.linalg.solve(self.axes.T @ towards, towards.T)
        return out

    def code_at(self, place: Sequence[float]) -> Array:
        """A code at this very place, `[D]`.

        That of the nearest caption, blended with the most alike of its neighbours the more the
        nearer that is, and then moved by the little that is missing. Blends of neighbours that
        are only near in the plane lie between captions, where the decoder wavers.
        """
        distances = ((self.points - place) ** 2).sum(axis=1)
        around = np.argsort(distances, kind="stable")[:NEIGHBOURS]
        code = self.codes[around[0]].astype(np.float64)
        if len(around) > 1:
            apart = self.codes[around[1:]] - self.codes[around[0]]
            alike = int((apart**2).sum(axis=1).argmin())
            further = max(float(distances[around[1 + alike]]), 1e-12)
            code += 0.5 * float(distances[around[0]]) / further * apart[alike]
        out: Array = code + (place - self.places(code[None])[0]) @ self.lift
        return out.astype(np.float32)

    def nearest(self, code: Array, count: int) -> list[int]:
        """The captions whose codes are nearest to `code` in all D units, nearest first."""
        distances = ((self.codes - code) ** 2).sum(axis=1)
        found: list[int] = np.argsort(distances, kind="stable")[:count].tolist()
        return found

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """All units, those first in which captions differ most."""
        words, presence = _telling_words(self.captions)
        mean, spread = self.codes.mean(axis=0), self.codes.std(axis=0)
        scaled = (self.codes - mean) / np.maximum(spread, 1e-6)
        goes_with = scaled.T @ presence / len(presence)  # correlations, [D, words]
        order = np.argsort(-spread, kind="stable").tolist()
        return tuple(
            Unit(i, float(mean[i]), float(spread[i]), *_ends(words, goes_with[i]))
            for i in order
        )

    def arrays(self) -> tuple[dict[str, Array], dict[str, str]]:
        """The map by name, and the names of its kinds as metadata of a safetensors file."""
        text = "\n".join(self.captions).encode()
        arrays: dict[str, Array] = {
            "captions": np.frombuffer(text, np.uint8),
            "codes": self.codes.astype(np.float16),
            "kinds": self.kinds.astype(np.uint8),
            "centre": self.centre.astype(np.float32),
            "axes": self.axes.astype(np.float32),
        }
        return arrays, {"kinds": json.dumps(self.names)}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, Array], metadata: Mapping[str, str], dim: int, source: str
    ) -> "LatentMap":
        """What `arrays` gave, checked against a model of `dim` units. Raises `BadInput`."""
        try:
            names = json.loads(metadata.get("kinds", ""))
            captions = arrays["captions"].tobytes().decode().split("\n")
            found = cls(
                tuple(captions),
                arrays["codes"].astype(np.float32),
                arrays["kinds"],
                tuple(names),
                arrays["centre"],
                arrays["axes"],
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            found = None
        if found is None or len(arrays) != 5 or not _is_valid(found, dim):
            raise BadInput(
                f"{source} is not the map of a model of {dim} units; make it again with"
                " python -m textvae map"
            )
        return found


def build(vae: Speaker, num_points: int = NUM_POINTS, seed: int = 0) -> LatentMap:
    """The map of a model, from `num_points` codes of its prior; fewer where captions repeat."""
    return build_map(*draw(vae, num_points, seed))


def draw(vae: Speaker, num_points: int, seed: int) -> tuple[list[str], Array]:
    """Codes of the prior, `[N, D]`, as they are after storage, and their captions."""
    codes = vae.prior_codes(num_points, seed).astype(np.float16).astype(np.float32)
    return vae.decode(codes), codes


def build_map(captions: Sequence[str], codes: Array) -> LatentMap:
    """The map of captions at their codes `[N, D]`; of a repeated caption the first alone.

    Raises:
        BadInput: codes have fewer than two units.
    """
    if codes.shape[1] < FEWEST_UNITS:
        raise BadInput(
            f"a map needs codes of at least {FEWEST_UNITS} units; this model has"
            f" {codes.shape[1]}"
        )
    first = {caption: i for i, caption in reversed(list(enumerate(captions)))}
    kept = sorted(first.values())
    texts, codes = tuple(captions[i] for i in kept), codes[kept]
    names, kinds = find_kinds(texts)
    # Rounded as they are stored, so that a map is the same before and after.
    axes = _axes(codes, kinds, names).astype(np.float32)
    return LatentMap(texts, codes, kinds, names, codes.mean(axis=0, dtype=np.float32), axes)


def find_kinds(captions: Sequence[str]) -> tuple[tuple[str, ...], Array]:
    """Names of the kinds of scene, and of each caption the place of its kind among them.

    By the table, without a kind that most captions are of, for it tells nothing, and without
    those that are too rare to be seen. Where the table says nothing, by the captions' own
    commonest words.
    """
    tables: dict[str, Any] = {name: set(words.split()) for name, words in KINDS.items()}
    counts = _counts(captions, tables)
    while too_common := [name for name in tables if counts[name] > len(captions) / 2]:
        del tables[too_common[0]]  # what it held may be of the kinds below it
        counts = _counts(captions, tables)
    tables = {name: words for name, words in tables.items() if _is_telling(counts, name)}
    if _counts(captions, tables)[OTHER] > len(captions) / 2:
        tables = {word: {word} for word in _commonest(captions)}
    names = (*tables, OTHER)
    kinds = [names.index(_first_kind(caption, tables)) for caption in captions]
    return names, np.array(kinds, np.uint8)


def _counts(captions: Sequence[str], tables: Mapping[str, Any]) -> Counter[str]:
    return Counter(_first_kind(caption, tables) for caption in captions)


def _is_telling(counts: Counter[str], name: str) -> bool:
    return counts.total() / 100 <= counts[name] <= counts.total() / 2


def _first_kind(caption: str, tables: Mapping[str, Any]) -> str:
    words = set(caption.split())
    return next((name for name, table in tables.items() if not table.isdisjoint(words)), OTHER)


def _commonest(captions: Sequence[str]) -> list[str]:
    """Words, each the commonest in captions that have none of those before it."""
    sets = [set(caption.split()) - FUNCTION_WORDS for caption in captions]
    everywhere = Counter(word for words in sets for word in words)
    found: list[str] = []
    while len(found) < COUNT_OF_WORDS:
        counts = Counter(word for words in sets for word in words)
        telling = [
            word
            for word, count in counts.items()
            if count >= len(captions) / 100 and everywhere[word] <= len(captions) / 2
        ]
        if not telling:
            break
        found.append(min(telling, key=lambda word: (-counts[word], word)))
        sets = [words for words in sets if found[-1] not in words]
    return found


def _axes(codes: Array, kinds: Array, names: Sequence[str]) -> Array:
    """The two directions in which the kinds lie furthest apart, `[D, 2]`.

    Within a kind the places have a variance of about one along either. Where kinds fill fewer
    than two directions, the rest are those in which codes differ most.

    Source: Fisher 1936; Rao 1948.
    """
    codes = codes.astype(np.float64)
    found = [k for k in range(len(names)) if (kinds == k).any()]
    means = np.array([codes[kinds == k].mean(axis=0) for k in found])
    shares = np.array([(kinds == k).mean() for k in found])
    total = _covariance(codes)
    within = _with_ridge(total) - _scatter(means, shares)
    # The square root: else the plane would serve the largest kinds alone. `other` is no kind.
    weights = np.sqrt(shares) * [names[k] != OTHER for k in found]
    between = 1e-3 * total
    if weights.sum():
        between += _scatter(means, weights / weights.sum())
    whiten = np.linalg.inv(np.linalg.cholesky(within))
    _, vectors = np.linalg.eigh(whiten @ between @ whiten.T)
    axes = whiten.T @ vectors[:, :-3:-1]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])  # which eigh leaves open
    out: Array = axes * signs
    return out


def _scatter(means: Array, weights: Array) -> Array:
    centred = means - weights @ means
    out: Array = (centred * weights[:, None]).T @ centred
    return out


def _covariance(codes: Array) -> Array:
    """`[N, D]` -> `[D, D]`."""
    centred = codes.astype(np.float64) - codes.mean(axis=0, dtype=np.float64)
    out: Array = centred.T @ centred / len(codes)
    return out


def _with_ridge(covariance: Array) -> Array:
    """The same, invertible whatever the codes were."""
    ridge = max(RIDGE * float(np.trace(covariance)) / len(covariance), 1e-6)
    out: Array = covariance + ridge * np.eye(len(covariance))
    return out


def _telling_words(captions: Sequence[str]) -> tuple[list[str], Array]:
    """Words of a hundredth to six tenths of the captions, and where they are, standardised."""
    sets = [set(caption.split()) for caption in captions]
    counts = Counter(word for words in sets for word in words)
    words = sorted(
        word
        for word, count in counts.items()
        if len(sets) / 100 <= count <= len(sets) * 0.6 and word not in FUNCTION_WORDS
    )
    presence = np.array([[word in each for word in words] for each in sets], np.float32)
    return words, (presence - presence.mean(axis=0)) / np.maximum(presence.std(axis=0), 1e-6)


def _ends(words: Sequence[str], goes_with: Array) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The two words that go most with low values of a unit, and the two with high ones."""
    order = np.argsort(goes_with, kind="stable")
    low = tuple(words[i] for i in order[:2] if goes_with[i] < 0)
    high = tuple(words[i] for i in order[::-1][:2] if goes_with[i] > 0)
    return low, high


def _is_valid(found: LatentMap, dim: int) -> bool:
    count = len(found.captions)
    shapes = (found.codes.shape, found.kinds.shape, found.centre.shape, found.axes.shape)
    if shapes != ((count, dim), (count,), (dim,), (dim, 2)) or not 1 <= count <= MOST_POINTS:
        return False
    if found.kinds.dtype != np.uint8 or found.kinds.max() >= len(found.names):
        return False
    if not all(isinstance(name, str) for name in found.names) or "" in found.captions:
        return False
    numbers = (found.codes, found.centre, found.axes)
    is_finite = all(np.isfinite(each.astype(np.float64)).all() for each in numbers)
    return is_finite and bool(np.linalg.matrix_rank(found.axes) == 2)
