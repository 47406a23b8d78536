"""The theme: paper and ink, one green; static/*.css adds properties beyond a theme."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.themes.utils import colors, fonts, sizes

PAPER = colors.Color(
    name="paper",
    c50="#fbfaf7",
    c100="#f4f2ec",
    c200="#e6e3da",
    c300="#d3cfc3",
    c400="#a19f97",
    c500="#706f69",
    c600="#54544f",
    c700="#3a3e40",
    c800="#22282c",
    c900="#181d20",
    c950="#111517",
)
# Gradio 6.31 bundles complete files only of these weights: its SemiBold, and all of its Lora,
# Lexend and Source Sans 3, lack the Latin letters.
TEXT = (fonts.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif")
MONO = ("ui-monospace", "Consolas", "monospace")


def theme() -> Any:
    """The theme of the page, light and dark."""
    base = gr.themes.Base(
        primary_hue=colors.teal,
        secondary_hue=colors.teal,
        neutral_hue=PAPER,
        radius_size=sizes.radius_md,
        text_size=sizes.text_md,
        font=TEXT,
        font_mono=MONO,
    )
    return base.set(**_surfaces(), **_buttons())


def _surfaces() -> dict[str, str]:
    return {
        "body_background_fill": "*neutral_50",
        "body_background_fill_dark": "*neutral_950",
        "body_text_color": "*neutral_800",
        "body_text_color_subdued": "*neutral_500",
        "body_text_color_subdued_dark": "*neutral_400",
        "block_background_fill": "transparent",
        "block_background_fill_dark": "transparent",
        "block_border_width": "0px",
        "block_padding": "0px",
        "block_label_text_color": "*neutral_600",
        "block_label_text_color_dark": "*neutral_300",
        "block_title_text_color": "*neutral_600",
        "block_title_text_color_dark": "*neutral_300",
        "block_title_text_weight": "700",
        "block_title_text_size": "*text_sm",
        "block_info_text_color": "*neutral_500",
        "block_info_text_color_dark": "*neutral_400",
        "block_shadow": "none",
        "form_gap_width": "0px",
        "input_background_fill": "white",
        "input_background_fill_dark": "*neutral_900",
        "input_border_color": "*neutral_300",
        "input_border_color_dark": "*neutral_700",
        "input_border_width": "1px",
        "input_shadow": "none",
        "input_placeholder_color": "*neutral_500",
        "input_placeholder_color_dark": "*neutral_400",
        "slider_color": "*primary_600",
        "slider_color_dark": "*primary_500",
    }


def _buttons() -> dict[str, str]:
    return {
        "button_primary_background_fill": "*primary_700",
        "button_primary_background_fill_hover": "*primary_800",
        "button_primary_text_color": "white",
        "button_primary_text_color_dark": "white",
        "button_primary_background_fill_dark": "*primary_700",
        "button_primary_background_fill_hover_dark": "*primary_600",
        "button_secondary_background_fill": "transparent",
        "button_secondary_background_fill_dark": "transparent",
        "button_secondary_background_fill_hover": "*neutral_100",
        "button_secondary_background_fill_hover_dark": "*neutral_800",
        "button_secondary_border_color": "*neutral_300",
        "button_secondary_border_color_dark": "*neutral_700",
        "button_border_width": "1px",
        "button_primary_border_color": "transparent",
        "checkbox_label_background_fill_selected": "*primary_50",
        "checkbox_label_background_fill_selected_dark": "*primary_950",
        "checkbox_label_border_color_selected": "*primary_600",
        "checkbox_label_text_color_selected": "*primary_900",
        "checkbox_label_text_color_selected_dark": "*primary_100",
    }
