"""Labels of lines: predicting the label of a code, and moving codes between labels.

The codes of each label are modelled as a normal distribution with its own mean and a covariance
shared by all labels (linear discriminant analysis), so the boundary between two is a plane.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from textvae.checks import is_label
from textvae.data.text_modes import fold
from textvae.errors import BadInput
from textvae.latent.directions import PROMISE
from textvae.types import Array, Codes, Floats, Ints

MOST_NAMES = 256  # a map stores the label of a caption in a byte
RIDGE = 0.05  # relative to the mean variance of a unit, so that few codes suffice


class Labels(NamedTuple):
    """A classifier of codes by the labels of the training lines.

    Attributes:
        names: the labels, K of them.
        means: `[K, D]` float32, the mean code of each label.
        weights: `[D + 1, K]` float32; a code with a 1 appended, times these, scores the labels.
        recall: the share of held-out lines whose label the code predicts, the mean over labels;
            guessing gives 1 / K.
        kept: `[K]` float32; of held-out lines with another label, the share that show this one
            after being moved towards it.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> codes = rng.normal(size=(200, 2)) + np.repeat([[0, 0], [5, 0]], 100, axis=0)
        >>> found = fit_labels(["bad"] * 100 + ["good"] * 100, codes)
        >>> [found.names[k] for k in found.predict(np.array([[0, 0], [5, 1]]))]
        ['bad', 'good']
        >>> [found.names[k] for k in found.predict(found.move(np.zeros((1, 2)), 1, 1.0))]
        ['good']
    """

    names: tuple[str, ...]
    means: Array
    weights: Array
    recall: float = 0.0
    kept: Array = np.zeros(0, np.float32)

    def predict(self, codes: Array) -> Ints:
        """The most probable label of each code, with equal priors: `[N, D]` -> `[N]`."""
        scores: Floats = codes.astype(np.float64) @ self.weights[:-1] + self.weights[-1]
        found: Ints = scores.argmax(axis=1)
        return found

    def move(self, codes: Array, target: int, strength: float) -> Codes:
        """Codes moved by the difference between the means of the target and their own label.

        Args:
            codes: `[N, D]`.
            target: the index of a label in `names`.
            strength: how far; 1 is the whole difference.
        """
        difference = self.means[target] - self.means[self.predict(codes)]
        moved: Codes = (codes + strength * difference).astype(np.float32)
        return moved

    def towards(self, target: int) -> Callable[[Array, float], Codes]:
        """`move` towards one label, for `latent.traversal`."""
        return lambda codes, strength: self.move(codes, target, strength)

    def offered(self) -> list[int]:
        """The indices of labels that four of five moved lines show, the best first."""
        order = np.argsort(-self.kept, kind="stable").tolist()
        return [place for place in order if self.kept[place] >= PROMISE]

    def index_of(self, name: str) -> int:
        """The index of a label in `names`.

        Raises:
            BadInput: there is no such label.
        """
        names = list(map(fold, self.names))
        if fold(str(name)) not in names:
            known = ", ".join(self.names) or "none"
            raise BadInput(f"no label {name!r}; the labels of this model are: {known}")
        return names.index(fold(str(name)))

    def arrays(self) -> tuple[dict[str, Array], dict[str, str]]:
        """The arrays and the metadata of their safetensors file; `from_arrays` reads them."""
        arrays = {"kept": self.kept, "means": self.means, "weights": self.weights}
        facts = json.dumps({"names": self.names, "recall": self.recall})
        return {name: each.astype(np.float32) for name, each in arrays.items()}, {
            "labels": facts
        }


def fit_labels(labels: Sequence[str], codes: Array) -> Labels:
    """The classifier of codes `[N, D]` by `labels`, with at least one code per label.

    It is a linear discriminant analysis with a ridge and equal priors.

    Example:
        >>> found = fit_labels(["low", "high"], np.array([[0.0], [4.0]]))
        >>> [found.names[k] for k in found.predict(np.array([[1.0], [3.0]]))]
        ['low', 'high']

    Source: Fisher 1936 (Annals of Eugenics 7).
    """
    names = tuple(sorted(set(labels)))
    places = np.array([names.index(label) for label in labels])
    exact = codes.astype(np.float64)
    means = np.array([exact[places == place].mean(axis=0) for place in range(len(names))])
    around = exact - means[places]
    covariance = around.T @ around / len(exact)
    ridge = RIDGE * max(float(np.trace(covariance)) / len(covariance), 1e-6)
    slopes = np.linalg.solve(covariance + ridge * np.eye(len(covariance)), means.T)
    offsets = -0.5 * (means.T * slopes).sum(axis=0)
    weights = np.vstack([slopes, offsets]).astype(np.float32)
    return Labels(names, means.astype(np.float32), weights, kept=np.zeros(len(names)))


def from_arrays(
    arrays: Mapping[str, Array], metadata: Mapping[str, str], dim: int, source: str
) -> Labels:
    """The labels that `Labels.arrays` stored, checked, for a model of `dim` latent units.

    Raises:
        BadInput: they are not the labels of such a model.

    Example:
        >>> made = fit_labels(["bad", "good"], np.eye(2))
        >>> from_arrays(*made.arrays(), 2, "file").names
        ('bad', 'good')
    """
    try:
        facts = json.loads(metadata["labels"])
        names, recall = tuple(facts["names"]), float(facts["recall"])
        found = Labels(names, arrays["means"], arrays["weights"], recall, arrays["kept"])
        is_valid = _is_valid(found, dim)
    except (KeyError, ValueError, TypeError, RecursionError, OverflowError):
        is_valid = False
    if not is_valid:
        raise BadInput(
            f"{source} does not hold the labels of a model with {dim} latent units; train the"
            " model again, or remove the file"
        )
    return found


def _is_valid(found: Labels, dim: int) -> bool:
    count = len(found.names)
    shapes = (found.means.shape, found.weights.shape, found.kept.shape)
    return (
        all(map(is_label, found.names))
        and len(set(found.names)) == count
        and 1 < count <= MOST_NAMES
        and shapes == ((count, dim), (dim + 1, count), (count,))
        and all(np.isfinite(each).all() for each in found[1:])
    )
