"""The progress and identity of a training run."""

import json
import math
import zlib
from collections.abc import Iterable
from itertools import chain
from typing import Any

from textvae import loading
from textvae.config import renamed
from textvae.config.portable import portable_recipe
from textvae.config.recipe import Recipe
from textvae.errors import BadInput
from textvae.training.preparation import TrainingData

# The settings that may change when a run is resumed; any other makes it a different run.
LEARNED_BY = ("beta", "free_bits", "word_dropout")
OBJECTIVE = (*LEARNED_BY, "min_active_units")
CHANGEABLE = {f"settings.train.{name}" for name in ("epochs", "patience", *OBJECTIVE)}
NEEDED = {"epoch", "batch", "seconds", "history", "identity"}  # saved by every version


class Run:
    """The progress of a training run: everything that resuming needs except the arrays.

    Attributes:
        epoch: epochs completed.
        batch: batches completed in the current epoch.
        seconds: spent on training, over all sessions.
        history: one dictionary per epoch.
        identity: must be equal for a checkpoint to be continued, except for the settings in
            `CHANGEABLE`; see `identity_of`.
        precision: of the matrix products, `float32` or `bfloat16`.
        first: the first epoch with the objective of `identity`.
        failure: why the run has failed, if it has.

    Example:
        >>> run = Run({"captions": 7})
        >>> run.restore('{"epoch": 0, "batch": 9, "seconds": 1.5, "history": [],'
        ...             ' "identity": {"captions": 7}}')  # no setting has changed
        {}
        >>> run.epoch, run.batch
        (0, 9)
    """

    def __init__(self, identity: dict[str, Any], precision: str = "float32") -> None:
        self.epoch, self.batch, self.seconds = 0, 0, 0.0
        self.history: list[dict[str, float]] = []
        self.identity, self.precision = identity, precision
        self.first, self.failure = 1, ""

    def as_json(self) -> str:
        """The attributes as JSON, for the metadata of the checkpoint file."""
        return json.dumps(vars(self))

    def restore(self, text: str) -> dict[str, tuple[Any, Any]]:
        """Restore the attributes that `as_json` wrote, in this or an earlier version.

        Returns:
            The changed settings, each with its former and its present value.

        Raises:
            BadInput: the text is not of a run; or the run had other settings or captions, has
                diverged, or has more epochs than this one.
        """
        saved = renamed.rename_run(parse_run(text))
        # A setting missing from an earlier version takes its default.
        known = flat(saved["identity"])
        before = flat({"settings": Recipe(name="").as_dict()}) | known
        identity = self.identity
        changed = {
            key: (before.get(key), value)
            for key, value in flat(identity).items()
            if before.get(key) != value
            # Earlier versions did not record the columns.
            and (key in known or not key.startswith("settings.data."))
        }
        if fixed := sorted(changed.keys() - CHANGEABLE):
            key, may = fixed[0], ", ".join(sorted(map(_setting, CHANGEABLE)))
            raise BadInput(
                f"the checkpoint was made with {_mismatch(key, *changed[key])}; resume with the"
                " same settings and captions, or train from scratch in another --output (what"
                f" may change: {may})"
            )
        epochs = flat(identity).get("settings.train.epochs", saved["epoch"])
        if saved["epoch"] > epochs:
            raise BadInput(
                f"the checkpoint is of epoch {saved['epoch']}, and train.epochs is {epochs};"
                f" resume with --set train.epochs={saved['epoch']}, or more"
            )
        vars(self).update(saved)
        if self.history and not math.isfinite(self.history[-1]["val_loss"]):
            raise BadInput(f"this run cannot be continued: {self.failure}")
        if self.history and self.epoch >= epochs:
            self._check_over(changed)
        self.identity, self.failure = identity, ""
        if any(f"settings.train.{name}" in changed for name in LEARNED_BY):
            self._begin_objective(identity["settings"]["train"]["beta"])
        return {_setting(key): values for key, values in changed.items()}

    def _check_over(self, changed: Iterable[str]) -> None:
        """Raise if a changed setting needs more epochs and all are done."""
        names = {_setting(key).removeprefix("train.") for key in changed}
        if self.failure and "min_active_units" not in names:
            raise BadInput(f"this run cannot be continued: {self.failure}")
        if useless := sorted(names & {*LEARNED_BY}):
            raise BadInput(
                f"train.{useless[0]} would have no effect, as all {self.epoch} epochs are done;"
                f" resume with --set train.epochs={2 * self.epoch} as well, or without it"
            )

    def _begin_objective(self, beta: float) -> None:
        """Use the new objective from now on, and convert earlier losses to it."""
        self.first = self.epoch + 1
        for logs in self.history:
            if "val_kl" in logs:
                logs["val_loss"] = logs["val_nll"] + beta * logs["val_kl"]


def parse_run(text: str | None) -> dict[str, Any]:
    """The attributes that `Run.as_json` wrote, checked for consistency.

    Raises:
        BadInput: the text is missing, not JSON, or inconsistent, such as two epochs with a
            history of three.

    Example:
        >>> parse_run(Run({}).as_json())["epoch"]
        0
        >>> parse_run('{"epoch": 9}')
        Traceback (most recent call last):
        textvae.errors.BadInput: the metadata are not those of a training run
    """
    try:
        saved = json.loads(text or "")
    except (ValueError, RecursionError):
        saved = None
    if not isinstance(saved, dict) or not _is_of_a_run(saved):
        raise BadInput("the metadata are not those of a training run")
    return saved


def _is_of_a_run(saved: dict[str, Any]) -> bool:
    kinds = {key: type(value) for key, value in vars(Run({})).items()}
    if not saved.keys() >= NEEDED or not saved.keys() <= kinds.keys():
        return False
    if not all(type(value) is kinds[key] for key, value in saved.items()):
        return False
    is_counted = saved["epoch"] >= 0 and saved["batch"] >= 0 and saved.get("first", 1) >= 1
    if not is_counted or not 0.0 <= saved["seconds"] < math.inf:
        return False
    epochs = [logs["epoch"] for logs in saved["history"] if _is_logs(logs)]
    return epochs == list(range(1, saved["epoch"] + 1)) and len(epochs) == len(saved["history"])


def _is_logs(logs: Any) -> bool:
    if not isinstance(logs, dict) or not {"epoch", "val_loss"} <= logs.keys():
        return False
    return all(type(value) in (int, float) for value in logs.values())


def identity_of(recipe: Recipe, data: TrainingData) -> dict[str, Any]:
    """The facts that identify a run: its settings, captions and vocabulary."""
    splits = data.splits
    texts = chain(splits.train.each_text(), [""], splits.validation.each_text())
    return {
        "settings": settings_of(recipe),
        "captions": _checksum(texts),
        "vocabulary": _checksum(data.tokenizer.words),
    }


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """The settings in the identity of a run.

    Example:
        >>> settings_of(Recipe(name="mine"))["train"]["epochs"]
        12
    """
    settings = recipe.as_dict()
    del settings["train"]["precision"]  # a resumed run keeps its own
    columns = {key: settings["data"][key] for key in ("group_column", "label_column")}
    return {key: settings[key] for key in ("init_from", "model", "train")} | {"data": columns}


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dictionaries as one, with dots between the keys.

    Example:
        >>> flat({"train": {"beta": 0.5}})
        {'train.beta': 0.5}
    """
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= (
            flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
        )
    return found


def _setting(key: str) -> str:
    return key.removeprefix("settings.")


def _mismatch(key: str, before: Any, now: Any) -> str:
    setting = _setting(key)
    return f"other {key}" if setting == key else f"{setting} {before}, got {now}"


def _checksum(lines: Iterable[str]) -> int:
    """The CRC-32 of the lines with line breaks between them."""
    lines = iter(lines)
    checksum = zlib.crc32(next(lines, "").encode())
    for line in lines:
        checksum = zlib.crc32(b"\n" + line.encode(), checksum)
    return checksum


def published(recipe: Recipe) -> dict[str, Any]:
    """The recipe for a report: without local folders, but with addresses of models on the Hub.

    Example:
        >>> published(Recipe(name="mine", init_from="me/pets"))["init_from"]
        'hf://me/pets'
    """
    settings = recipe.as_dict()
    source = settings["init_from"]
    return portable_recipe({**settings, "init_from": source and loading.full_name(source)})
