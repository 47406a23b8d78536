"""The facts of a model card other than measurements, checked against the Hub's rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from textvae.checks import as_list, language_tag, license_name
from textvae.hub.addresses import checked_repo_name, checked_tag
from textvae.saving import evaluations


def card_facts(
    license: str | None = None,
    language: str | Sequence[str] = (),
    tags: str | Sequence[str] = (),
    base_model: str | Sequence[str] = (),
    results: Mapping[str, Any] | Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The entries of a report for the given arguments, which are those of `push_to_hub`.

    Raises:
        BadInput: one of them is not valid on the Hub.

    Example:
        >>> card_facts(license="mit", language="fr")
        {'license': 'mit', 'language': ['fr']}
    """
    facts = {
        "license": None if license is None else license_name(license),
        "language": list(map(language_tag, as_list(language))),
        "tags": list(map(checked_tag, as_list(tags))),
        "base_model": list(map(checked_repo_name, as_list(base_model))),
        evaluations.KEY: [
            evaluations.checked_evaluation(each, "an item of results")
            for each in as_list(results)
        ],
    }
    return {key: value for key, value in facts.items() if value}
