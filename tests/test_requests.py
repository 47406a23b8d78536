"""What the page adds to every request."""

import json

from apart import run_apart
from starlette.exceptions import HTTPException
from starlette.requests import Request

from textvae.web.i18n import english
from textvae.web.requests import unavailable


def test_a_full_line_is_kind_words_to_people_and_503_to_programs():
    full = HTTPException(503, "Queue is full. Max size is 1 and size is 1.")

    def answer(error, **headers):
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        response = run_apart(unavailable(Request({"type": "http", "headers": raw}), error))
        return response.status_code, json.loads(response.body)["detail"]

    assert answer(full, origin="http://here") == (429, english.BUSY)
    assert answer(full) == (503, english.BUSY)
    other = HTTPException(503, "Queue is stopped.")
    assert answer(other, origin="http://here") == (503, "Queue is stopped.")
