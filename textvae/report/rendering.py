"""Renders the templates of the report; text is escaped unless a template disables it."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from textvae.metrics.report_values import is_number
from textvae.report import numbers
from textvae.report.charts.base import as_json

TEMPLATES = Environment(
    loader=PackageLoader("textvae.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {
    "chart_json": as_json,
    "number": numbers.number,
    "percent": numbers.percent,
    "std": numbers.std,
}
TEMPLATES.tests["finite"] = is_number


def render(template: str, **context: Any) -> Markup:
    """The HTML of a template in `templates/`.

    Raises:
        jinja2.UndefinedError: the template uses a name missing from `context`.

    Example:
        >>> render("definitions.html", definitions={"kl": "KL(q || p) < 1"})
        Markup('...<dt>kl</dt><dd id="def-kl">KL(q || p) &lt; 1</dd>...')
    """
    return Markup(TEMPLATES.get_template(template).render(context))
