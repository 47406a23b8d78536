"""A few hundred of the requests with which `benchmarks.faults` attacks the page."""

import httpx

from benchmarks.faults.hostile_requests import attack
from benchmarks.faults.tally import Tally
from textvae.web.validation import CAPTIONS


def test_hostile_requests_get_2xx_or_4xx_and_leave_nothing_in_the_log(page_url, capfd, caplog):
    tally = Tally("hostile")
    with httpx.Client(base_url=page_url, timeout=120) as client:
        client.post("/gradio_api/run/generate", json={"data": [CAPTIONS[0]]})  # loads the model
        statuses = attack(client, 500, 0, tally)
    assert tally.failures == []
    assert tally.tries >= 500
    assert statuses[200] > 25
    assert statuses[422] > 50
    said = capfd.readouterr()
    assert said.out + said.err + caplog.text == ""
