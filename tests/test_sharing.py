"""What other pages show of a link: its tags, its card, and pictures to be saved."""

import io
import re
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest
from PIL import Image

from textvae.errors import Unavailable
from textvae.report.fonts import FONTS
from textvae.web import sharing
from textvae.web.serving import gradio_queue
from textvae.web.sharing import title_of

QUERY = urlencode({"tab": "reconstruct", "model": "coco", "caption": 'a <b>dog</b> "here"'})


@pytest.fixture(scope="module")
def http(page_url):
    with httpx.Client(base_url=page_url, timeout=60) as client:
        yield client


def tags(page):
    found = re.findall(
        r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"', page
    )
    assert len(found) == len(dict(found))
    return {name: unescape(text) for name, text in found}


def test_a_link_has_its_own_card_and_nothing_of_gradios(http):
    answer = http.get(f"/?{QUERY}")
    head = answer.text.partition("</head>")[0]
    found = tags(head)
    assert found["og:title"] == '“a <b>dog</b> "here"” · textvae'
    assert found["twitter:title"] == found["og:title"]
    assert found["og:description"].startswith("Type a sentence")
    assert found["og:image"] == f"/card.png?{QUERY}"
    assert found["twitter:image"] == found["og:image"]
    assert not re.search("gradio.app|@teamGradio|raw.githubusercontent", str(found))
    assert "<b>dog" not in head.partition("gradio_config")[0]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert http.head(f"/?{QUERY}").status_code == 200
    other = tags(http.get("/").text)
    assert other["og:title"] == "textvae"
    assert other["og:image"] == "/card.png"


def test_a_page_that_knows_its_address_names_it(http, monkeypatch):
    monkeypatch.setenv("SPACE_HOST", "owner-page.hf.space")
    found = tags(http.get("/?tab=about").text)
    assert found["og:image"] == "https://owner-page.hf.space/card.png?tab=about"
    assert found["og:url"] == "https://owner-page.hf.space/?tab=about"
    monkeypatch.delenv("SPACE_HOST")
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert "evil" not in str(tags(http.get("/", headers=forged).text))


def test_the_card_of_a_link_is_drawn_here_and_differs_from_others(http):
    cards = []
    for query in ("", "?tab=sum", f"?{QUERY}", "?tab=map&pin=a+red+bus", "?tab=grid"):
        answer = http.get(f"/card.png{query}")
        assert answer.headers["content-type"] == "image/png"
        assert "max-age" in answer.headers["cache-control"]
        assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)
        cards.append(answer.content)
    assert len(set(cards)) == len(cards)
    assert http.get("/card.png?tab=sum").content == cards[1]


def test_a_card_that_is_kept_is_shown_while_the_queue_is_full(http, monkeypatch):
    kept = http.get("/card.png?tab=about").content
    monkeypatch.setattr(gradio_queue, "is_full", lambda page: True)
    assert http.get("/card.png?tab=about").content == kept
    assert http.get("/card.png?tab=sum&plus=a+cow").status_code == 503


def test_where_a_link_shows_nothing_the_card_is_that_of_the_page(http):
    plain = http.get("/card.png?tab=about").content
    assert http.get("/card.png?tab=reconstruct&caption=xqzt").content == plain
    svg = http.get("/picture.svg?tab=sum")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert svg.headers["x-content-type-options"] == "nosniff"
    assert "font-src data:; sandbox" in svg.headers["content-security-policy"]
    refused = http.get("/picture.svg?tab=reconstruct&caption=xqzt")
    assert refused.status_code == 422
    assert "knows none of the words" in refused.json()["detail"]


def test_the_font_is_served_to_be_kept(http):
    for path in FONTS.values():
        answer = http.get(f"/{path.name}")
        assert answer.content == path.read_bytes()
        assert "max-age" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ({"tab": "interpolate", "first": "a dog", "last": "a cat"}, "“a dog” → “a cat”"),
        ({"tab": "map", "pin": "a red bus"}, "“a red bus”"),
        ({"tab": "map"}, "Map"),
        ({"tab": "reconstruct", "caption": "x" * 500}, f"“{'x' * 120}”"),
    ],
)
def test_titles_say_what_a_link_shows(query, title):
    assert title_of(query) == f"{title} · textvae"


@pytest.mark.parametrize("error", [ZeroDivisionError, Unavailable])
@pytest.mark.parametrize("failing", ["sum", "sum about"])
def test_a_card_that_could_not_be_drawn_is_not_kept(http, monkeypatch, failing, error):
    content_of = sharing.content_of

    def content(service, query):
        if query.get("tab") in failing.split():
            raise error("for a moment")
        return content_of(service, query)

    plus = f"a bench {len(failing)} {error.__name__}"  # a link of its own for each case
    link = f"/card.png?{urlencode({'tab': 'sum', 'plus': plus})}"
    with monkeypatch.context() as patch:
        patch.setattr(sharing, "content_of", content)
        failed = http.get(link)
    assert failed.headers["cache-control"] == "no-store"
    drawn = http.get(link)
    assert drawn.content != failed.content
    assert "max-age=86400" in drawn.headers["cache-control"]
