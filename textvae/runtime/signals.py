"""The signals that request a process to end."""

import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def heeded_signals() -> list[signal.Signals]:
    """The signals that are not ignored; background commands of a script ignore Ctrl-C.

    Example:
        >>> set(heeded_signals()) <= set(SIGNALS)
        True
    """
    return [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
