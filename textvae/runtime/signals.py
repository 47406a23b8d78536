"""The signals that ask a process to end."""

import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def heeded_signals() -> list[signal.Signals]:
    """Those that are not ignored; a script's background command ignores Ctrl-C, for one.

    Example:
        >>> set(heeded_signals()) <= set(SIGNALS)
        True
    """
    return [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
