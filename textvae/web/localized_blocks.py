"""A Gradio page localised for every visitor."""

from __future__ import annotations

from typing import Any

from textvae.web.api_parameters import describe_arguments
from textvae.web.i18n.language import current_language
from textvae.web.serving.guarded_blocks import GuardedBlocks


class LocalizedBlocks(GuardedBlocks):
    """Blocks whose configuration depends on the language of the request.

    Gradio's own I18n does not translate the labels of sliders and text boxes or the language of
    the document, and does not know plain `zh`. So the page is built once per language, and only
    the component properties of each translated page are kept.
    """

    def __init__(self, **options: Any) -> None:
        self._english: dict[str, Any] = {}
        self._translated: dict[str, list[dict[str, Any]]] = {}
        super().__init__(**options)

    def __exit__(self, *exception: Any) -> None:
        """Describe the endpoints before Gradio makes the configuration of the page."""
        if exception[:1] in ((), (None,)):
            describe_arguments(self)
        super().__exit__(*exception)

    @property
    def config(self) -> dict[str, Any]:
        """The configuration for the browser, in the language of this request."""
        translated = self._translated.get(current_language())
        if translated is None:
            return self._english
        components = [
            {**component, "props": props}
            for component, props in zip(self._english["components"], translated, strict=True)
        ]
        return {**self._english, "components": components}

    @config.setter
    def config(self, config: dict[str, Any]) -> None:
        self._english = config

    def translate(self, language: str, page: LocalizedBlocks) -> None:
        """Take over the properties of the same page built in another language."""
        self._translated[language] = [each["props"] for each in page._english["components"]]
