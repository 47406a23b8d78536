"""The page behind two processes: what each of them answers, and what only the one asked."""

import json

import pytest
from test_draining import API, nursery, running  # noqa: F401

from textvae.web.i18n import english

ASKED = {"num_captions": 2, "seed": 3}


@pytest.fixture
def pages(running):  # noqa: F811
    return [running(), running()]


def events(text):
    """The names of the events of a stream, and what the last one says."""
    lines = text.strip().split("\n")
    return [each for each in lines if each.startswith("event: ")], lines[-1]


def test_any_process_answers_alike_but_only_the_one_that_was_asked_has_the_answer(pages):
    first, second = (page.client for page in pages)
    # Whatever is one request has the same answer from each.
    body = {"data": [2, 0.7, 1.0, 3]}
    made = [
        each.post(f"{API}/run/generate", json=body).json()["data"] for each in (first, second)
    ]
    assert made[0] == made[1]
    for path in ("/card.png?tab=about", "/theme.css", "/healthz", "/readyz"):
        one, other = (each.get(path) for each in (first, second))
        assert one.status_code == other.status_code == 200
        assert one.content == other.content, path
    # A question in two requests is answered where it was asked.
    event = first.post(f"{API}/call/v2/generate", json=ASKED).json()["event_id"]
    path = f"{API}/call/generate/{event}"
    elsewhere = second.get(path)
    assert (elsewhere.status_code, elsewhere.json()["detail"]) == (404, english.NO_ANSWER)
    names, said = events(first.get(path).text)
    assert names[-1] == "event: complete"
    assert json.loads(said.removeprefix("data: "))[0]["captions"]
    # So is one of the page itself, whose answers come in the stream of a session.
    dependencies = first.get("/config").json()["dependencies"]
    event = next(each for each in dependencies if each["inputs"] and each["queue"])
    body_of_event = {"fn_index": event["id"], "data": [None] * len(event["inputs"])}
    joined = first.post(f"{API}/queue/join", json={**body_of_event, "session_hash": "visitor"})
    assert joined.status_code == 200, joined.text
    stream = f"{API}/queue/data?session_hash=visitor"
    assert second.get(stream).status_code == 404
    assert '"msg":"process_completed"' in first.get(stream).text.replace(" ", "")
    # A process that ends takes none of the other's visitors along.
    pages[0].send(15)
    assert pages[0].ended()[0] == 0
    assert second.get("/readyz").status_code == 200
    assert second.post(f"{API}/run/generate", json=body).json()["data"] == made[0]
