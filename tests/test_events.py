import re

from textvae.errors import BadInput
from textvae.web.events import guarded


def test_an_unexpected_failure_is_logged_under_the_id_that_is_shown(caplog):
    def broken(*inputs):
        raise RuntimeError("/secret/path")

    shown, *_ = guarded(broken, 2)("coco")
    number = re.search(r"id ([0-9a-f]{8})", shown)[1]
    assert "/secret" not in shown
    assert number in caplog.text
    assert "/secret/path" in caplog.text


def test_bad_input_becomes_a_notice_and_leaves_the_results():
    def refuse(*inputs):
        raise BadInput("too <long>")

    shown, *others = guarded(refuse, 2)("coco")
    assert "too &lt;long&gt;" in shown
    assert 'role="alert"' in shown
    assert all("value" not in other for other in others)
