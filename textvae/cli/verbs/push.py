"""Upload a model with its card to the Hugging Face Hub, and the page as a Space."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textvae import loading
from textvae.checks import language_tag, license_name
from textvae.cli.arguments import Parser, add_card, add_json, add_weights
from textvae.cli.models import load_model
from textvae.cli.reading import STANDARD, as_files
from textvae.cli.writing import print_json
from textvae.errors import BadInput

if TYPE_CHECKING:
    from textvae.hub.repository import Pushed
    from textvae.pipeline import Pipeline

EXAMPLE = "{prog} --weights runs/lines you/my-captions --space"
LICENCE = "Licence of these weights, such as cc-by-4.0 (Enter: not recorded):"
LANGUAGES = "Languages of their lines, such as fr (Enter: not recorded):"
log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


def add_arguments(parser: Parser) -> None:
    """The repository, and the entries of the card."""
    add_weights(parser)
    add = parser.add_argument
    add("repo", metavar="OWNER/REPO", help="the model's name on the Hub; created if missing")
    add(
        "--private",
        action="store_true",
        help="visible only to you; loading it requires HF_TOKEN as well",
    )
    add_card(parser)
    add(
        "--tags",
        nargs="+",
        action="extend",
        metavar="TAG",
        help="more tags for the card, such as recipes",
    )
    add(
        "--base-model",
        nargs="+",
        action="extend",
        metavar="OWNER/REPO",
        help="the model that training began from, for the card (default: as recorded)",
    )
    add(
        "--results",
        nargs="+",
        action="extend",
        metavar="FILE",
        help="metrics on other lines for the card, as `textvae evaluate --json` prints them",
    )
    add("--space", action="store_true", help="also upload the page as a Space of that name")
    add("--gpu", action="store_true", help="with --space: a Space that runs on a GPU")
    add_json(parser, "print one JSON object with the addresses of the model and of the Space")


def run(arguments: argparse.Namespace) -> None:
    """Upload what the Hub does not have yet; print the model's address."""
    from textvae.hub.card_facts import card_facts
    from textvae.hub.space import push_space
    from textvae.hub.upload import check_can_push
    from textvae.saving.data_section import license_of

    if arguments.gpu and not arguments.space:
        raise BadInput("--gpu chooses the Space's hardware; add --space")
    check_can_push(arguments.repo)
    named: dict[str, Any] = {
        "language": arguments.language or (),
        "tags": arguments.tags or (),
        "base_model": arguments.base_model or (),
        "results": [_read_results(name) for name in arguments.results or ()],
    }
    card_facts(arguments.license, **named)  # raises for invalid ones before anything is loaded
    vae = load_model(arguments.weights, arguments.device)
    if arguments.space and vae.is_language_model:
        raise BadInput(
            f"the page shows the space of a VAE, and {arguments.weights} is a language model,"
            " which has none; leave out --space"
        )
    if sys.stdin.isatty() and sys.stderr and sys.stderr.isatty():
        _ask_for_what_is_missing(arguments, named, vae.report)
    pushed = vae.push_to_hub(
        arguments.repo, private=arguments.private, license=arguments.license, **named
    )
    _log(pushed, "model")
    _remember(arguments, named, vae)
    if not license_of(vae.report):
        log.warning("its card names no licence; push again with --license to name one")
    if not arguments.json:
        print(pushed.address, flush=True)
    space = push_space(pushed, gpu=arguments.gpu) if arguments.space else None
    if space:
        _log(space, "page")
    if arguments.json:
        print_json({**pushed._asdict(), "space": space.url if space else None})


def _remember(arguments: argparse.Namespace, named: dict[str, Any], vae: "Pipeline") -> None:
    """Store the given entries in the user's own weights folder for the next push."""
    from textvae.hub.card_facts import card_facts
    from textvae.training.lock import locked

    folder = loading.find(arguments.weights)
    if not isinstance(folder, Path) or loading.WEIGHTS.resolve() in folder.resolve().parents:
        return
    if not (facts := card_facts(arguments.license, **named)):
        return
    try:
        with locked(folder):
            now = type(vae).from_folder(folder)  # a run may have ended meanwhile
            now.report.update(facts)
            now.save(folder)
    except (BadInput, OSError) as error:
        log.warning("the card's entries are not stored in %s: %s", folder, error)


def _ask_for_what_is_missing(
    arguments: argparse.Namespace, named: dict[str, Any], report: dict[str, Any]
) -> None:
    """Ask for the licence and the languages if neither arguments nor report name them."""
    from textvae.saving.data_section import languages_of, license_of

    if arguments.license is None and not license_of(report):
        arguments.license = _ask(LICENCE, license_name)
    if not named["language"] and not languages_of(report):
        asked = _ask(LANGUAGES, lambda text: list(map(language_tag, text.split())))
        named["language"] = asked or ()


def _ask(question: str, checked: Callable[[str], Answer]) -> Answer | None:
    """The answer typed at the terminal, or None; asks again after an invalid one."""
    while True:
        print(question, end=" ", file=sys.stderr, flush=True)
        typed = sys.stdin.readline().strip()
        try:
            return checked(typed) if typed else None
        except BadInput as error:
            log.warning("%s", error)


def _read_results(name: str) -> dict[str, Any]:
    from textvae.data.text_files import read_json
    from textvae.saving.evaluations import checked_evaluation

    shown = "standard input" if name == STANDARD else name
    with as_files([name]) as [path]:
        return checked_evaluation(read_json(path, name=shown), shown)


def _log(pushed: "Pushed", what: str) -> None:
    where = "uploaded to" if pushed.is_new else f"the same {what} is already at"
    log.info("%s %s", where, pushed.url)
