"""The models of a page, loaded on first use, each with a separate lock."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textvae import loading
from textvae.config import defaults
from textvae.errors import BadInput
from textvae.hub.addresses import PREFIX, Address
from textvae.hub.cache import RepoCache
from textvae.metrics.report_values import number_at, text_at, value_at
from textvae.metrics.training_history import history_of
from textvae.saving import manifest
from textvae.saving.data_section import is_of_coco, own_lines, things
from textvae.saving.files import partial_of
from textvae.saving.limited_reading import MAX_REPORT_BYTES, read_limited_json
from textvae.web import examples, validation
from textvae.web.i18n.language import strings
from textvae.web.results import Facts
from textvae.words import beginning

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

FOLDERS = re.compile(r"(?<![\w.:/])/(?:[^/\s]+/)+")  # of a path, before the file name
NUM_LINES = 20  # as in the report of a finished run
WEIGHT_FILES = manifest.FILES[:-1]  # the page also shows a model without a report

log = logging.getLogger(__name__)


class Models:
    """The models of a page, by name.

    Each has a lock, so that it answers one visitor at a time. Waiting for one model, which
    takes seconds to load and compile, does not delay visitors of another.

    Args:
        default: the model shown first: a shipped name, a folder, or
            `hf://owner/repo[@revision]`, which is fetched on loading. None is the first shipped
            one.
        load: returns the pipeline of a name; `load_warm` outside of tests.
        shipped: the names to offer; those of `loading.list_models` outside of tests.

    Attributes:
        default: as above.
        names: all available models, the default first.

    Raises:
        BadInput: `default` is not a model, or there is no model.

    Example:
        >>> models = Models("poems", shipped=["coco", "poems"])
        >>> models.names, models.facts("poems")  # not loaded yet
        (['poems', 'coco'], None)
    """

    def __init__(
        self,
        default: str | None = None,
        load: Callable[[str], Any] | None = None,
        shipped: Sequence[str] | None = None,
    ) -> None:
        names = list(loading.list_models() if shipped is None else shipped)
        self.default = _default_model(default, names)
        self.names = [self.default, *(name for name in names if name != self.default)]
        self._load = load or load_warm
        self._locks = {name: threading.RLock() for name in self.names}
        self._loading = threading.Lock()  # Keras builds one network at a time
        self._pipelines: dict[str, Pipeline] = {}
        self._failed: set[str] = set()
        self._lines: dict[str, list[str]] = {}  # written by models of unfinished runs

    def load(self, model: str) -> Facts:
        """Load a model unless it is loaded, which takes seconds, and return its facts."""
        return _facts(model, self.get(model))

    def facts(self, model: str) -> Facts | None:
        """The facts about a model, without waiting; None while it is not loaded."""
        vae = self._pipelines.get(model)
        return None if vae is None else _facts(model, vae)

    def own_lines(self, model: str) -> list[str]:
        """Initial lines for a model that does not start with captions of all of COCO.

        For a model of other texts, lines that it wrote, else captions of its category of COCO;
        all are short enough to be typed. They are in the report next to its weights, which is
        read before it is loaded, unless it must still be downloaded from the Hub. The report of
        an unfinished run has none, and its model writes some once it is loaded.
        """
        report = self._report(model)
        if is_of_coco(report):
            category = text_at(report, "recipe", "data", "category")
            return list(examples.OF_CATEGORY.get(category or "", ()))
        found = _typable(own_lines(report))
        is_unfinished = bool(history_of(report)) and not value_at(report, "validation")
        is_ready = is_unfinished and model in self._pipelines
        return self._written(model) if is_ready and not found else found

    def _written(self, model: str) -> list[str]:
        """Lines written by a model on demand."""
        with suppress(BadInput), self.locked_model(model) as vae:
            if model not in self._lines:
                self._lines[model] = _typable(vae.generate(NUM_LINES, seed=0))
        return self._lines.get(model, [])

    def things(self, model: str) -> str:
        """The name for the texts of a model: "captions" for COCO's, else "lines"."""
        return things(self._report(model) if model in self.names else {})

    def has_failed(self, model: str) -> bool:
        """Whether the last attempt to load this model failed."""
        return model in self._failed

    def get(self, model: str) -> Pipeline:
        """A loaded model without its lock, for operations that threads may do concurrently."""
        validation.choice_of_model(model, self.names)
        if model not in self._pipelines:
            with self._locks[model]:
                self._ensure_loaded(model)
        return self._pipelines[model]

    def _report(self, model: str) -> Any:
        vae = self._pipelines.get(model)
        return vae.report if vae else _report_of(model)

    @contextmanager
    def locked_model(self, model: str) -> Iterator[Pipeline]:
        """A loaded model that no other thread uses meanwhile."""
        validation.choice_of_model(model, self.names)
        with self._locks[model]:
            self._ensure_loaded(model)
            yield self._pipelines[model]

    def _ensure_loaded(self, model: str) -> None:
        if model in self._pipelines:
            return
        try:
            with self._loading:
                vae = self._load(model)
            if not vae.latent_dim:
                raise BadInput(strings.LANGUAGE_MODEL.format(model=model))
        except BadInput as error:
            if model not in self._failed:
                log.warning("%s cannot be shown: %s", model, error)
            self._failed.add(model)
            raise type(error)(_without_folders(str(error), model)) from error
        except BaseException:
            self._failed.add(model)
            raise
        self._pipelines[model] = vae
        self._failed.discard(model)


def _typable(lines: Sequence[str]) -> list[str]:
    """Those that fit into a box; if all are too long, their beginnings."""
    texts = [text for line in lines if (text := " ".join(line.split()))]
    most = validation.MAX_CHARACTERS
    short = [text for text in texts if len(text) <= most]
    return short or [beginning(text, most) for text in texts]


def _without_folders(message: str, model: str) -> str:
    """A message without the server's folders, which visitors should not see."""
    with suppress(BadInput):
        found = loading.find(model)
        folder = found if isinstance(found, Path) else RepoCache(found.repo).folder
        for known in (folder, folder.parent):  # their names may contain spaces
            message = message.replace(f"{known}/", "")
    return FOLDERS.sub("", message)


def _report_of(model: str) -> Any:
    """The report in a model's folder, unchecked; empty if it cannot be read."""
    try:
        found = loading.find(model)
        if isinstance(found, Path):
            path: Path | None = manifest.find_one(found, manifest.REPORT)
        else:
            path = RepoCache(found.repo).find(found.revision, manifest.REPORT)
        return read_limited_json(path, MAX_REPORT_BYTES) if path else {}
    except (BadInput, OSError):
        return {}


def load_warm(model: str, device: str = defaults.DEVICE) -> Pipeline:
    """The model, ready to generate."""
    vae = loading.load_quietly(model, device=device)
    if vae.latent_dim:
        vae.warm_up()
    return vae


def _facts(model: str, vae: Pipeline) -> Facts:
    sizes = vae.latent_dim, vae.max_length, vae.has_prior
    about = vae.notice, vae.language, vae.idle_gpus
    read = number_at(vae.report, "data", "train", "captions")
    num_captions = int(read or 0)
    return Facts(model, vae.device, *sizes, *about, num_captions, vae.is_unfinished)


def _default_model(wanted: str | None, shipped: list[str]) -> str:
    files = ", ".join(WEIGHT_FILES)
    if not wanted and not shipped:
        raise BadInput(strings.NO_WEIGHTS.format(folder="weights/", files=files))
    if not wanted or wanted in shipped:
        return wanted or shipped[0]
    try:
        found = loading.find(wanted)
    except BadInput:
        if wanted.startswith(PREFIX):
            raise
        found = Path(wanted)
    if isinstance(found, Address):
        return str(found)
    if not _holds_weights(found):
        names = ", ".join(shipped) or "none"
        raise BadInput(
            strings.BAD_WEIGHTS.format(
                value=validation.quoted(wanted), names=names, files=files
            )
        )
    return wanted


def _holds_weights(folder: Path) -> bool:
    # After a kill, files may still be next to their places.
    paths = [folder / name for name in WEIGHT_FILES]
    return all(path.is_file() or partial_of(path).is_file() for path in paths)
