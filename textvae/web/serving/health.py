"""Liveness and readiness of the page, for containers."""

from __future__ import annotations

from typing import Any

from textvae.web.serving.routes import HEALTH
from textvae.web.zero_gpu import is_zero_gpu

OK, UNAVAILABLE = 200, 503


def health(page: Any, path: str) -> tuple[int, dict[str, str]]:
    """The status and body of a response to `/healthz` or `/readyz`.

    The first is `ok` as long as the page responds at all. The second is `ready` once the
    default model is loaded, or at once with ZeroGPU; before that, `loading` or `failed`; and
    `ending` after SIGTERM or Ctrl-C.

    Example:
        >>> from types import SimpleNamespace
        >>> page = SimpleNamespace(service=SimpleNamespace(models=None))
        >>> page.draining = SimpleNamespace(has_begun=True)
        >>> health(page, "/healthz"), health(page, "/readyz")
        ((200, {'status': 'ok'}), (503, {'status': 'ending'}))
    """
    state = "ok" if path.rstrip("/").endswith(HEALTH) else _readiness(page)
    return OK if state in ("ok", "ready") else UNAVAILABLE, {"status": state}


def _readiness(page: Any) -> str:
    models = page.service.models
    if page.draining.has_begun:
        return "ending"
    if is_zero_gpu() or models.facts(models.default):  # this process then loads no model
        return "ready"
    return "failed" if models.has_failed(models.default) else "loading"
