"""Rejecting requests with an accurate status and a helpful sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

STATUS = "textvae.status"  # the key of the accurate status in the scope of a request

MALFORMED, NOT_FOUND, WRONG_METHOD, TOO_SLOW, TOO_LARGE = 400, 404, 405, 408, 413
WRONG_TYPE, WRONG_VALUE, TOO_MANY, FAILED, BUSY, ENDING = 415, 422, 429, 500, 503, 503


class Refused(Exception):
    """A request rejected before it reaches Gradio.

    Args:
        status: the HTTP status.
        sentence: what was wrong, and what to do.
        headers: of the response, in addition to the usual ones.

    Example:
        >>> refusal = Refused(WRONG_METHOD, "This address takes POST.", {"Allow": "POST"})
        >>> refusal.status, str(refusal), refusal.headers
        (405, 'This address takes POST.', {'Allow': 'POST'})
    """

    def __init__(
        self, status: int, sentence: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, dict(headers or {})


class RefusedValue(gr.Error):
    """A value that an event's function or a Gradio component does not accept.

    Gradio answers every exception with status 500. `mark` records the accurate one, which
    `answers.Answer` then sends.

    Example:
        >>> refused = RefusedValue("num_captions must be a whole number from 1 to 20; got 0.")
        >>> refused.message, refused.print_exception  # without a traceback in the log
        ('num_captions must be a whole number from 1 to 20; got 0.', False)
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, print_exception=False)


def mark(request: Any) -> None:
    """Record in a request, as passed to events by Gradio, that its value was rejected.

    Example:
        >>> from types import SimpleNamespace
        >>> request = SimpleNamespace(scope={STATUS: {}})
        >>> mark(request)
        >>> request.scope
        {'textvae.status': {'status': 422}}
    """
    inner = request.request if isinstance(request, gr.Request) else request
    if inner is not None and STATUS in inner.scope:
        inner.scope[STATUS]["status"] = WRONG_VALUE
