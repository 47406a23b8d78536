"""The Generate tab: captions written by the model, and the seed that reproduces them."""

from __future__ import annotations

import random
from typing import Any

import gradio as gr

from textvae.web import links, validation
from textvae.web.events import AT_ONCE
from textvae.web.i18n.language import strings
from textvae.web.rendering.generate import generated
from textvae.web.rendering.messages import intro, loading
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab
from textvae.web.widgets import boldness, panel, settings

NAME = "generate"
NEW_SEEDS = 1_000_000  # short enough to read out; any seed up to 2**31 - 1 can be typed


def build(service: Service) -> Tab:
    """Lay the tab out."""
    with gr.Tab(strings.GENERATE, id=NAME, elem_id=NAME):
        gr.HTML(intro(strings.GENERATE_INTRO))
        with gr.Row(elem_classes="tv-bar"):
            roll = gr.Button(
                strings.NEW_SEED, variant="primary", elem_id="new-seed", min_width=180, scale=0
            )
        notice = gr.HTML(elem_id="generate-notice")
        result = panel(loading(), elem_id="generate-result")
        with settings(NAME):
            controls = _controls()
            button = gr.Button(strings.GENERATE_BUTTON, elem_id="generate-run", scale=0)
    seed = controls["seed"]
    rolled = roll.click(new_seed, None, seed, **AT_ONCE)
    changed = [each.input for each in controls.values() if each is not seed]

    def refresh(model: str, n: Any, temperature: Any, seed: Any, words: Any) -> tuple[str]:
        made = service.generate(model, n, temperature, seed=seed, with_words=bool(words))
        return (generated(made),)

    return Tab(
        NAME,
        controls,
        [notice, result],
        refresh,
        [button.click, seed.submit, rolled.then, *changed],
        [result],
    )


def new_seed() -> int:
    """A random seed."""
    return random.randrange(NEW_SEEDS)


def _controls() -> dict[str, Any]:
    with gr.Row(elem_classes="tv-bar"):
        return {
            "n": gr.Slider(
                *validation.CAPTIONS,
                value=links.default(NAME, "n"),
                step=1,
                label=strings.NUM_CAPTIONS,
                elem_id="num-captions",
                min_width=220,
            ),
            "temperature": boldness(NAME, "temperature"),
            "seed": gr.Number(
                links.default(NAME, "seed"),
                precision=0,
                label=strings.SEED,
                info=strings.SEED_INFO,
                elem_id="seed",
                min_width=160,
            ),
            "words": gr.Checkbox(
                links.default(NAME, "words"), label=strings.WORDS, elem_id="words"
            ),
        }
