"""The Generate tab: captions from random points, and the seed that gives them again."""

from __future__ import annotations

import random
from typing import Any

import gradio as gr

from textvae.web import links, validation
from textvae.web.events import SILENT
from textvae.web.i18n.language import strings
from textvae.web.rendering.generate import generated
from textvae.web.rendering.messages import intro, loading
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab
from textvae.web.widgets import panel

NAME = "generate"
NEW_SEEDS = 1_000_000  # short enough to read out; any seed up to 2**31 - 1 can be typed


def build(service: Service) -> Tab:
    """Lay the tab out."""
    with gr.Tab(strings.GENERATE, id=NAME, elem_id=NAME), gr.Row(elem_classes="tv-split"):
        with gr.Column(scale=5, min_width=300):
            gr.HTML(intro(strings.GENERATE_INTRO))
            seed, roll, button = _seed_row()
            notice = gr.HTML(elem_id="generate-notice")
            result = panel(loading(), elem_id="generate-result")
        with gr.Column(scale=2, min_width=240, elem_classes="tv-controls"):
            controls = _controls()
    rolled = roll.click(new_seed, None, seed, queue=False, **SILENT)
    changed = [control.input for control in controls.values()]

    def refresh(
        model: str, n: Any, temperature: Any, top_p: Any, prior: Any, words: Any, seed: Any
    ) -> tuple[str]:
        settings = (n, temperature, top_p, prior, seed)
        return (generated(service.generate(model, *settings, with_words=bool(words))),)

    return Tab(
        NAME,
        {**controls, "seed": seed},
        [notice, result],
        refresh,
        [button.click, seed.submit, rolled.then, *changed],
        [result],
    )


def new_seed() -> int:
    """A random seed."""
    return random.randrange(NEW_SEEDS)


def _seed_row() -> tuple[Any, Any, Any]:
    with gr.Row(elem_classes="tv-bar", equal_height=False):
        seed = gr.Number(
            links.default(NAME, "seed"),
            precision=0,
            label=strings.SEED,
            elem_id="seed",
            min_width=110,
            scale=1,
        )
        roll = gr.Button(strings.NEW_SEED, elem_id="new-seed", min_width=110, scale=0)
        button = gr.Button(
            strings.GENERATE_BUTTON,
            variant="primary",
            elem_id="generate-run",
            min_width=130,
            scale=0,
        )
    return seed, roll, button


def _controls() -> dict[str, Any]:
    priors = [(text, name) for name, text in strings.PRIORS.items()]
    return {
        "n": gr.Slider(
            *validation.CAPTIONS,
            value=links.default(NAME, "n"),
            step=1,
            label=strings.NUM_CAPTIONS,
            elem_id="num-captions",
        ),
        "temperature": gr.Slider(
            *validation.TEMPERATURES,
            value=links.default(NAME, "temperature"),
            step=0.05,
            label=strings.TEMPERATURE,
            info=strings.TEMPERATURE_INFO,
            elem_id="temperature",
        ),
        "top_p": gr.Slider(
            *validation.TOP_PS,
            value=links.default(NAME, "top_p"),
            step=0.01,
            label=strings.TOP_P,
            info=strings.TOP_P_INFO,
            elem_id="top-p",
        ),
        "prior": gr.Radio(
            priors,
            value=links.default(NAME, "prior"),
            label=strings.PRIOR,
            info=strings.PRIOR_INFO,
            elem_id="prior",
        ),
        "words": gr.Checkbox(
            links.default(NAME, "words"), label=strings.WORDS, elem_id="words"
        ),
    }
