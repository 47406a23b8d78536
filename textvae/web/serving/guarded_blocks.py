"""A Gradio page on which a failure is a sentence, never a traceback."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from textvae.errors import BadInput
from textvae.web.endpoints import Endpoint
from textvae.web.events import log_failure
from textvae.web.i18n.language import strings
from textvae.web.service import Service
from textvae.web.serving.bodies import has_object
from textvae.web.serving.draining import Draining
from textvae.web.serving.refusals import RefusedValue, mark
from textvae.web.serving.turns import Turns


class GuardedBlocks(gr.Blocks):
    """Blocks with the interface that `gate.Gate` needs.

    Attributes:
        service: for the answers.
        endpoints: those for programs, by name.
        draining: whether the page is shutting down.
    """

    service: Service
    endpoints: dict[str, Endpoint]
    draining: Draining

    def __init__(self, **options: Any) -> None:
        self._turns = Turns()
        super().__init__(**options)

    async def preprocess_data(
        self, block_fn: Any, inputs: Any, state: Any, *arguments: Any, **named: Any
    ) -> Any:
        """The components' values for an event, without keeping a copy in the session.

        Raises:
            RefusedValue: a component does not accept its value, which no browser sends.
        """
        if has_object(inputs):  # which Gradio might treat as a file, and fetch
            raise RefusedValue(strings.NOT_FOR_CONTROL)
        try:
            return await super().preprocess_data(block_fn, inputs, state, *arguments, **named)
        except Exception as error:
            raise RefusedValue(strings.NOT_FOR_CONTROL) from error
        finally:
            _forget(state, block_fn.inputs)

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> Any:
        """The values for the browser, without keeping a copy in the session."""
        try:
            return await super().postprocess_data(block_fn, predictions, state)
        finally:
            _forget(state, block_fn.outputs)

    async def process_api(self, block_fn: Any, *arguments: Any, **named: Any) -> Any:
        """Run an event.

        Raises:
            gr.Error: it failed; Gradio prints a traceback of every other exception.
        """
        try:
            return await self._run(block_fn, *arguments, **named)
        except Exception as error:
            shown = _shown(error)
            if isinstance(shown, RefusedValue):
                mark(named.get("request"))
            if getattr(block_fn, "api_visibility", "") == "private":
                shown.message = escape(shown.message)  # the page shows it as HTML
            raise shown from None

    async def _run(self, block_fn: Any, *arguments: Any, **named: Any) -> Any:
        """Run an event; outputs of a newer event of the session are unchanged."""
        visit = named.get("session_hash")
        is_private = getattr(block_fn, "api_visibility", "") == "private"
        if not visit or not is_private or not block_fn.queue:
            return await super().process_api(block_fn, *arguments, **named)
        outputs = [each._id for each in block_fn.outputs]
        with self._turns.take(visit, outputs) as is_last:
            answer = await super().process_api(block_fn, *arguments, **named)
            found = zip(outputs, answer["data"], strict=True)
            answer["data"] = [each if is_last(output) else gr.skip() for output, each in found]
            return answer


def _forget(state: Any, blocks: Any) -> None:
    """Drop values that Gradio stores for deep links, which the page does not have."""
    for block in blocks if state else ():
        if block._id in state.config_values:
            state._update_value_in_config(block._id, None)


def _shown(error: Exception) -> gr.Error:
    """The error message for the caller of an event."""
    if isinstance(error, BadInput):
        return RefusedValue(str(error))
    shown = error if isinstance(error, gr.Error) else gr.Error(log_failure())
    shown.print_exception = False
    return shown
