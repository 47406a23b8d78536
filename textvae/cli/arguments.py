"""The parser of all verbs, and arguments shared by several verbs."""

import argparse
import logging
from typing import TYPE_CHECKING, NoReturn

from textvae.cli.status import WRONG_INPUT, fail
from textvae.config import defaults

if TYPE_CHECKING:
    from textvae.data.readers.reader import ReadOptions

DEVICES = "cpu, gpu, or gpu:1 and so on (default: a GPU if there is one that works)"
WEIGHTS = "the name of an included model, a folder, or [hf://]owner/repo[@revision]"


class Parser(argparse.ArgumentParser):
    r"""An argument parser that keeps line breaks in texts and reports errors in one line.

    Example:
        >>> Parser(epilog="example:\n  textvae app").format_help().splitlines()[-2:]
        ['example:', '  textvae app']
    """

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**options)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Print the error and where to find help; exit with status 2."""
        fail(f"{message} (see {self.prog} --help)", WRONG_INPUT)


def add_verbosity(parser: Parser) -> None:
    """`-q` and `-v`, which set `log_level` and may precede or follow the verb.

    Example:
        >>> parser = Parser()
        >>> add_verbosity(parser)
        >>> parser.parse_args(["-q"]), parser.parse_args([])
        (Namespace(log_level=30), Namespace())
    """
    group = parser.add_mutually_exclusive_group()
    for short, long, level, about in (
        ("-q", "--quiet", logging.WARNING, "print only warnings, no progress"),
        ("-v", "--verbose", logging.DEBUG, "also print details"),
    ):
        group.add_argument(
            short,
            long,
            dest="log_level",
            action="store_const",
            const=level,
            default=argparse.SUPPRESS,  # keeps a value given before the verb
            help=about,
        )


def add_device(parser: Parser) -> None:
    """`--device`: where the model runs.

    Example:
        >>> parser = Parser()
        >>> add_device(parser)
        >>> parser.parse_args(["--device", "gpu:1"]), parser.parse_args([])
        (Namespace(device='gpu:1'), Namespace(device='auto'))
    """
    parser.add_argument("--device", default=defaults.DEVICE, metavar="D", help=DEVICES)


def add_weights(parser: Parser) -> None:
    """`--weights` and `--device`: the model and its device.

    Example:
        >>> parser = Parser()
        >>> add_weights(parser)
        >>> parser.parse_args(["--weights", "runs/lines"])
        Namespace(device='auto', weights='runs/lines')
    """
    add_device(parser)
    parser.add_argument(
        "--weights",
        default=defaults.WEIGHTS,
        metavar="W",
        help=f"{WEIGHTS} (default: %(default)s)",
    )


def add_several_weights(parser: Parser) -> None:
    """`--weights`, one or several, and `--device`.

    Example:
        >>> parser = Parser()
        >>> add_several_weights(parser)
        >>> parser.parse_args(["--weights", "coco", "runs/lines"]), parser.parse_args([])
        (Namespace(weights=['coco', 'runs/lines'], device='auto'),
         Namespace(weights=None, device='auto'))
    """
    parser.add_argument(
        "--weights",
        nargs="+",
        action="extend",
        metavar="W",
        help=f"one or several of: {WEIGHTS} (default: {defaults.WEIGHTS})",
    )
    add_device(parser)


def add_seed(parser: Parser, about: str) -> None:
    """`--seed`, 0 by default.

    Example:
        >>> parser = Parser()
        >>> add_seed(parser, "of the captions")
        >>> parser.parse_args(["--seed", "7"]), parser.parse_args([])
        (Namespace(seed=7), Namespace(seed=0))
    """
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help=f"{about} (default: 0)"
    )


def add_json(parser: Parser, about: str = "print one JSON list") -> None:
    """`--json`: the output for programs.

    Example:
        >>> parser = Parser()
        >>> add_json(parser)
        >>> parser.parse_args(["--json"]), parser.parse_args([])
        (Namespace(json=True), Namespace(json=False))
    """
    parser.add_argument("--json", action="store_true", help=about)


def add_card(parser: Parser) -> None:
    """The model card's entries about the weights and their training lines.

    Example:
        >>> parser = Parser()
        >>> add_card(parser)
        >>> parser.parse_args(["--license", "cc-by-4.0", "--language", "en", "fr"])
        Namespace(license='cc-by-4.0', language=['en', 'fr'])
    """
    add = parser.add_argument
    add(
        "--license",
        metavar="L",
        help="licence of the weights for the card, such as cc-by-4.0 (default: not recorded)",
    )
    add(
        "--language",
        nargs="+",
        action="extend",
        metavar="L",
        help="languages of the lines for the card, such as fr (default: not recorded)",
    )


def add_selection(parser: Parser) -> None:
    """The selection of captions from the files.

    Example:
        >>> parser = Parser()
        >>> add_selection(parser)
        >>> parser.parse_args(["--instances", "instances.json", "--category", "elephant"])
        Namespace(instances=['instances.json'], category='elephant', column=None, ...)
    """
    add = parser.add_argument
    add(
        "--instances",
        nargs="+",
        action="extend",
        metavar="FILE",
        help="COCO instances_*.json, for --category",
    )
    add("--category", metavar="NAME", help="only captions of this category, such as elephant")
    add_reading(parser)


def add_reading(parser: Parser) -> None:
    """How to read files of captions, if not detected.

    Example:
        >>> parser = Parser()
        >>> add_reading(parser)
        >>> parser.parse_args(["--column", "title", "--delimiter", "tab"])
        Namespace(column='title', delimiter='tab', encoding=None, group_column=None)
    """
    add = parser.add_argument
    add(
        "--column",
        metavar="NAME",
        help="column of the captions in a table, or key in JSON objects: its name, or its"
        " number from 1 on",
    )
    add(
        "--delimiter",
        metavar="D",
        help="what separates columns: , ; | or tab; none if each line is a caption",
    )
    add("--encoding", metavar="NAME", help="encoding of the text, such as cp1252")
    add(
        "--group-column",
        metavar="NAME",
        help="column of groups, each of which stays on one side of the split",
    )


def add_label_column(parser: Parser) -> None:
    """`--label-column`, for verbs that use labels.

    Example:
        >>> parser = Parser()
        >>> add_label_column(parser)
        >>> parser.parse_args(["--label-column", "stars"])
        Namespace(label_column='stars')
    """
    parser.add_argument(
        "--label-column", metavar="NAME", help="column of labels, such as positive and negative"
    )


READING = ("column", "delimiter", "encoding", "group_column", "label_column")


def read_options(arguments: argparse.Namespace) -> "ReadOptions":
    """The arguments of `add_reading`, and of `add_label_column` where a verb has it.

    Example:
        >>> parser = Parser()
        >>> add_reading(parser)
        >>> read_options(parser.parse_args(["--column", "title"]))
        ReadOptions(column='title', delimiter=None, ...)
    """
    from textvae.data.readers.reader import ReadOptions

    return ReadOptions(**{name: getattr(arguments, name, None) for name in READING})
