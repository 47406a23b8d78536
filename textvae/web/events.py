"""How events run: their queue and language, and the handling of failures."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from textvae.errors import BadInput
from textvae.web.i18n.language import preferred_language, strings, use_language
from textvae.web.rendering import messages

log = logging.getLogger(__name__)

# A model answers one visitor at a time, see `Service`. Several events may start, so that those
# with a cached result overtake those that wait for the model.
MODEL_QUEUE: Mapping[str, Any] = {"concurrency_id": "model", "concurrency_limit": 8}
PRIVATE: Mapping[str, Any] = {"api_visibility": "private"}  # no endpoint for programs
SILENT: Mapping[str, Any] = {"show_progress": "hidden", **PRIVATE}
# For events that read their boxes at the start: they run once more after the last change. Not
# for those with event data, such as clicks: Gradio would rerun the first one's data.
LAST: Mapping[str, Any] = {"trigger_mode": "always_last"}
AT_ONCE: Mapping[str, Any] = {"queue": False, "trigger_mode": "multiple", **SILENT}
# At once, but one after the other, and only the last of those that wait.
ONE_BY_ONE: Mapping[str, Any] = {**AT_ONCE, **LAST}


def localized(function: Callable[..., Any]) -> Callable[..., Any]:
    """An event's function that answers in the language of the visitor.

    Example:
        >>> from contextvars import copy_context
        >>> from types import SimpleNamespace
        >>> request, visit = SimpleNamespace(headers={"accept-language": "zh"}), copy_context()
        >>> _ = visit.run(LocalContext.request.set, request)
        >>> visit.run(localized(lambda: strings.SEED))
        '种子'
    """

    @wraps(function)
    def run(*inputs: Any) -> Any:
        request = LocalContext.request.get(None)
        wanted = request.headers.get("accept-language", "") if request else ""
        with use_language(preferred_language(wanted)):
            return function(*inputs)

    return run


def click_fields(event: gr.EventData) -> Mapping[str, Any]:
    """The data that a panel sent with its `pick`, which may be anything.

    Example:
        >>> click_fields(gr.EventData(None, {"action": "first", "caption": "a dog"}))
        {'action': 'first', 'caption': 'a dog'}
        >>> click_fields(gr.EventData(None, ["a dog"]))
        {}
    """
    fields = getattr(event, "_data", None)
    return fields if isinstance(fields, dict) else {}


def guarded(
    refresh: Callable[..., tuple[Any, ...]], num_outputs: int
) -> Callable[..., tuple[Any, ...]]:
    """`refresh` with a notice before its outputs: empty, or the error.

    After a failure the `num_outputs` outputs on the page are unchanged.

    Example:
        >>> from textvae.web.validation import typed_caption
        >>> refresh = guarded(lambda text: (typed_caption(text),), 1)
        >>> refresh("a  dog")
        ('', 'a dog')
        >>> refresh("")[0]
        '<div class="tv-notice" role="alert">Type a line in the language of ...</div>'
    """

    def run(*inputs: Any) -> tuple[Any, ...]:
        unchanged = (gr.skip(),) * num_outputs
        try:
            return "", *refresh(*inputs)
        except BadInput as error:
            return messages.notice(str(error)), *unchanged
        except Exception:
            return messages.notice(log_failure()), *unchanged

    return run


def log_failure() -> str:
    """Log the current exception under a new id, and return the message with the id."""
    number = secrets.token_hex(4)
    log.exception("id %s", number)
    return strings.WENT_WRONG.format(id=number)
