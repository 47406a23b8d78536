"""Keys renamed since earlier versions, so that old files still load.

Pure functions: each takes the parsed content of a file and returns a copy in which every key
has its current name. Content of an unexpected form is returned unchanged; rejecting it is the
reader's task.
"""

from collections.abc import Mapping
from typing import Any

from textvae.errors import BadInput

# section -> former key -> key
SETTINGS = {"train": {"code_noise": "latent_noise", "mixed_precision": "precision"}}
# former key -> former value -> value, for settings whose values changed
VALUES = {"mixed_precision": {False: "float32", True: "bfloat16"}}
REPORT = {"seen": "training_set_filter"}
PRIOR = {"passes": "epochs"}  # within a report's `prior`
SUFFIXES = {"_spread": "_std"}  # of a metric's key, at any depth


def rename_settings(section: str, settings: Any) -> Any:
    """The settings of one section of a recipe under their current names and values.

    Raises:
        BadInput: a setting is given under its former and its current name.

    Example:
        >>> rename_settings("train", {"code_noise": 0.2, "seed": 1})
        {'latent_noise': 0.2, 'seed': 1}
        >>> rename_settings("train", {"mixed_precision": True})
        {'precision': 'bfloat16'}
    """
    former = SETTINGS.get(section, {})
    if not isinstance(settings, Mapping):
        return settings
    for old, new in former.items():
        if old in settings and new in settings:
            raise BadInput(
                f"{section}.{old} is the former name of {section}.{new}, and both are"
                f" given; remove {section}.{old}"
            )
    return {former.get(key, key): _present_value(key, settings[key]) for key in settings}


def rename_sections(recipe: Any) -> Any:
    """A recipe, or any dictionary with some of its sections, with each section renamed.

    Raises:
        BadInput: a setting is given under its former and its current name.

    Example:
        >>> rename_sections({"name": "mine", "train": {"code_noise": 0.2}})
        {'name': 'mine', 'train': {'latent_noise': 0.2}}
    """
    if not isinstance(recipe, Mapping):
        return recipe
    return {
        key: rename_settings(key, value) if key in SETTINGS else value
        for key, value in recipe.items()
    }


def rename_metrics(metrics: Any) -> Any:
    """Metrics, nested in dictionaries and lists to any depth, with the current suffixes.

    Example:
        >>> rename_metrics({"nll_spread": 0.1, "samples": [{"bleu_4_spread": 0.2}]})
        {'nll_std': 0.1, 'samples': [{'bleu_4_std': 0.2}]}
    """
    if isinstance(metrics, Mapping):
        return {_with_suffix(key): rename_metrics(value) for key, value in metrics.items()}
    if isinstance(metrics, list):
        return [rename_metrics(value) for value in metrics]
    return metrics


def rename_report(report: Any) -> Any:
    """The content of `report.json` under the current names.

    Example:
        >>> rename_report({"seen": {"captions": 9}, "prior": {"passes": 6, "seconds": 1.5}})
        {'training_set_filter': {'captions': 9}, 'prior': {'epochs': 6, 'seconds': 1.5}}
    """
    report = _rename(rename_metrics(report), REPORT)
    if isinstance(report, dict):
        for key, change in {"recipe": rename_sections, "prior": _rename_prior}.items():
            if key in report:
                report[key] = change(report[key])
    return report


def rename_run(run: Any) -> Any:
    """The metadata of a checkpoint, whose settings must equal those of the run that resumes it.

    The precision used to be one of them; now it is stored separately.

    Example:
        >>> train = {"code_noise": 0.2, "mixed_precision": False}
        >>> rename_run({"identity": {"settings": {"train": train}}, "epoch": 3})
        {'identity': {'settings': {'train': {'latent_noise': 0.2}}}, 'epoch': 3,
         'precision': 'float32'}
    """
    match run:
        case {"identity": {"settings": settings} as identity}:
            settings = rename_sections(settings)
            run = {**run, "identity": {**identity, "settings": settings}}
            match settings:
                case {"train": {"precision": str(precision)} as train}:
                    train.pop("precision")
                    run.setdefault("precision", precision)
    return run


def _rename(raw: Any, names: Mapping[str, str]) -> Any:
    """A copy with the keys in `names` renamed; a key under its current name wins."""
    if not isinstance(raw, Mapping):
        return raw
    renamed = {names.get(key, key): value for key, value in raw.items()}
    return {**renamed, **{key: raw[key] for key in names.values() if key in raw}}


def _rename_prior(prior: Any) -> Any:
    return _rename(prior, PRIOR)


def _present_value(key: str, value: Any) -> Any:
    values = VALUES.get(key, {})
    return values[value] if isinstance(value, bool) and value in values else value


def _with_suffix(key: str) -> str:
    for old, new in SUFFIXES.items():
        if key.endswith(old):
            return key.removesuffix(old) + new
    return key
