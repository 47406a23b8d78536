"""Keeping control characters out of terminals and messages."""

import io
import sys

# ESC and similar characters start sequences with which a text could move the cursor, rename the
# window or type for the user. Words come from external weights and files.
CONTROLS = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\t\n"
}


class TerminalText(io.TextIOWrapper):
    r"""Text in which control characters except tabs and line feeds are replaced.

    Example:
        >>> shown = io.BytesIO()
        >>> terminal = TerminalText(shown, "utf-8")
        >>> print("a \x1b[31mred\x1b[0m dog", file=terminal, flush=True)
        >>> shown.getvalue().decode()
        'a �[31mred�[0m dog\n'
    """

    def write(self, text: str) -> int:
        """Write a text."""
        return super().write(text.translate(CONTROLS))


def guard_terminal() -> None:
    """Print through a `TerminalText` from now on, if standard output is a terminal.

    Example:
        >>> guard_terminal()
    """
    out = sys.stdout
    if out.isatty() and not isinstance(out, TerminalText):
        out.flush()
        stream = open(out.fileno(), "wb", closefd=False)  # noqa: PTH123, SIM115
        sys.stdout = TerminalText(stream, out.encoding, out.errors, line_buffering=True)
