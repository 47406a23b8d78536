"""A Gradio page on which a failure is a sentence, and never a traceback."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from textvae.web.endpoints import Endpoint
from textvae.web.events import log_failure
from textvae.web.i18n.language import strings
from textvae.web.service import Service
from textvae.web.serving.draining import Draining
from textvae.web.serving.refusals import RefusedValue, mark


class GuardedBlocks(gr.Blocks):
    """Blocks that know what `gate.Gate` asks of a page.

    Attributes:
        service: what answers.
        endpoints: those for programs, by name.
        draining: whether the page is ending.
    """

    service: Service
    endpoints: dict[str, Endpoint]
    draining: Draining

    async def preprocess_data(self, *arguments: Any, **named: Any) -> Any:
        """What the components make of the values of an event.

        Raises:
            RefusedValue: a component does not take its value, which no browser sends.
        """
        try:
            return await super().preprocess_data(*arguments, **named)
        except Exception as error:
            raise RefusedValue(strings.NOT_FOR_CONTROL) from error

    async def process_api(self, block_fn: Any, *arguments: Any, **named: Any) -> Any:
        """Run an event.

        Raises:
            gr.Error: it failed; Gradio prints a traceback of every other exception.
        """
        try:
            return await super().process_api(block_fn, *arguments, **named)
        except gr.Error as error:
            if isinstance(error, RefusedValue):
                mark(named.get("request"))
            error.print_exception = False
            if getattr(block_fn, "api_visibility", "") == "private":
                error.message = escape(error.message)  # the page shows it as HTML
            raise
        except Exception as error:
            raise gr.Error(log_failure(), print_exception=False) from error
