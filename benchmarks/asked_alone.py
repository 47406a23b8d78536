"""Repeats visitors' requests one at a time, to check whether they were answered correctly."""

import random
from typing import Any

from benchmarks.visitor import Log, Request


class Alone:
    """The same requests, made one after the other in this process."""

    def __init__(self, service: Any = None) -> None:
        from textvae.web import arithmetic, maps
        from textvae.web.service import Service

        self.add_up = arithmetic.add_up
        self.service = service or Service()
        self.maps = maps.of(self.service)

    def answer(self, request: Request) -> Any:
        """The expected answer of the page."""
        kind, model, *settings = request
        if kind == "generate":
            n, temperature, seed, _ = settings
            made = self.service.generate(model, n, temperature, seed=seed)
            return list(made.captions)
        if kind == "reconstruct":
            back = self.service.reconstruct(model, settings[0])
            return [back.prepared.cleaned, back.caption, *back.draws]
        if kind == "interpolate":
            return list(self.service.interpolate(model, *settings).captions)
        if kind == "place":
            while self.maps.known(model) is None:
                self.maps.open(model)
            return self.maps.decode_at(model, *settings)["caption"]
        return [self.add_up(self.service, model, *settings).caption]


def wrong_answers(log: Log, alone: Alone, most: int | None = None) -> tuple[int, list[str]]:
    """The number of different requests repeated, and the answers that differ when alone.

    Args:
        log: of the answers.
        alone: answers each request, one at a time.
        most: how many different requests to repeat, drawn from all of them; None is all.
    """
    requests = list(dict.fromkeys(request for request, _ in log.answers))
    if most is not None:
        requests = random.Random(0).sample(requests, min(most, len(requests)))
    expected = {request: alone.answer(request) for request in requests}
    wrong = [
        f"{request}: {answer}, alone {expected[request]}"
        for request, answer in log.answers
        if request in expected and answer != expected[request]
    ]
    return len(expected), wrong
