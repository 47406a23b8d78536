"""The command line: its parser, and the exit status for every outcome."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from textvae.cli.arguments import Parser, add_verbosity
from textvae.cli.interrupts import interruptible
from textvae.cli.logs import logging_to_standard_error
from textvae.cli.status import FAILED, INTERRUPTED, WRONG_INPUT, fail, report
from textvae.cli.terminal import guard_terminal
from textvae.cli.verbs import VERBS
from textvae.cli.writing import discard_log, discard_output
from textvae.errors import BadInput, Unavailable
from textvae.version import __version__

ABOUT = """\
A variational autoencoder for captions: it turns a sentence into a point in a continuous space,
and any point in that space into a sentence."""
EXAMPLES = (
    "app",
    "generate --num-captions 5",
    'reconstruct "a dog on a beach"',
    'interpolate "a dog on a beach" "a man riding a wave"',
    "train lines --captions my_lines.txt",
)


def build_parser(prog: str = "textvae") -> Parser:
    """The parser of the command `prog`, with all verbs and their arguments.

    Example:
        >>> arguments = build_parser().parse_args(["generate", "--num-captions", "2"])
        >>> arguments.num_captions, arguments.seed, arguments.weights
        (2, 0, 'coco')
    """
    examples = "".join(f"  {prog} {each}\n" for each in EXAMPLES)
    parser = Parser(prog=prog, description=ABOUT, epilog=f"examples:\n{examples}")
    parser.add_argument("--version", action="version", version=__version__)
    parser.set_defaults(run=None, log_level=logging.INFO, interruption=_interruption)
    parser.set_defaults(interrupted=INTERRUPTED)
    add_verbosity(parser)
    verbs = parser.add_subparsers(metavar="VERB", parser_class=Parser)
    for name, module in VERBS.items():
        about = (module.__doc__ or "").strip()
        verb: Parser = verbs.add_parser(name, help=about, description=about)
        verb.set_defaults(run=module.run)
        module.add_arguments(verb)
        add_verbosity(verb)
        example = module.EXAMPLE.format(prog=verb.prog)
        verb.epilog = "\n\n".join(filter(None, [verb.epilog, f"example:\n  {example}"]))
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "textvae") -> None:
    """Run one command, and exit if it fails.

    Args:
        arguments: the command-line arguments; by default those of the process.
        prog: the name of the command, for help.

    Raises:
        SystemExit: with the status of a failed command; see `textvae.cli.status`. With 0 after
            `--help` or `--version`.

    Example:
        >>> main(["--version"])  # prints the version
        Traceback (most recent call last):
        SystemExit: 0
    """
    command_line = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:  # closed by the program that started the command
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    guard_terminal()
    try:
        _parse_and_run(command_line, prog)
    finally:
        discard_log()


def _parse_and_run(command_line: list[str], prog: str) -> None:
    parser = build_parser(prog)
    parsed = parser.parse_args(command_line)
    if parsed.run is None:
        parser.print_help()
        return
    parsed.command_line = command_line
    with logging_to_standard_error(parsed.log_level):
        _run(parsed)


def _run(parsed: argparse.Namespace) -> None:
    try:
        with interruptible(lambda: _end_interrupted(parsed)):
            parsed.run(parsed)
            sys.stdout.flush()  # now, while a full disk or a closed pipe can still be reported
    except Unavailable as error:
        fail(str(error), FAILED)
    except BadInput as error:
        fail(str(error), WRONG_INPUT)
    except UnicodeEncodeError as error:
        wrong = ascii(error.object[error.start])
        advice = "set PYTHONUTF8=1 for UTF-8"
        fail(f"standard output, in {error.encoding}, cannot hold {wrong}; {advice}", FAILED)
    except BrokenPipeError:
        discard_output()  # the reader has closed the pipe, which is not a failure
    except OSError as error:
        discard_output()
        fail(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), FAILED)
    except KeyboardInterrupt:
        _end_interrupted(parsed)


def _end_interrupted(parsed: argparse.Namespace) -> NoReturn:
    """End the process now, since the exit of Python and TensorFlow can take seconds."""
    report(parsed.interruption())
    os._exit(parsed.interrupted)


def _interruption() -> str:
    """The message of an interrupted command, with how to resume it if possible."""
    return "interrupted"
