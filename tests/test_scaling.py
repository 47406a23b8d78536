"""What several workers cost: the arithmetic, on workers that take a known time."""

import json

import pytest

from benchmarks import scaling

WEIGHTS = 1_000_000
FIXED, PER_CAPTION, EXCHANGE = 0.25, 0.125, 0.5


class KnownGroup:
    """Workers of a machine on which each part of a step takes a known time."""

    def __init__(self, stack, count, size, settings, lengths, steps):
        self.count, self.batch_size = count, settings.batch_size

    def call(self, method, *arguments):
        exchange = EXCHANGE * (self.count - 1)
        match method:
            case "round":
                return self.count * FIXED + PER_CAPTION * self.batch_size + exchange
            case "exchange":
                return exchange
            case "num_weights":
                return WEIGHTS


@pytest.fixture
def result(monkeypatch, capsys):
    monkeypatch.setattr(scaling, "Group", KnownGroup)
    scaling.main(["--json", "--batch-size", "8", "--rounds", "2"])
    return json.loads(capsys.readouterr().out)


def test_the_cost_is_found_again_and_explains_what_is_measured(result):
    assert result["cost"] == {
        "fixed": pytest.approx(FIXED),
        "per_caption": pytest.approx(PER_CAPTION),
        "num_bytes": 4.0 * WEIGHTS,
    }
    for row, seconds in zip(result["workers"], (1.25, 2.0, 2.75), strict=True):
        assert row["seconds"] == row["modelled_seconds"] == pytest.approx(seconds)
        assert row["efficiency"] == pytest.approx(1.25 / seconds)
    assert [row["bytes_of_a_ring"] for row in result["workers"]] == [0.0, 8e6, 16e6]


def test_machines_on_paper_exchange_in_a_ring(result):
    """Two machines of eight captions each send half of 4 MB twice, in two messages."""
    row = next(row for row in result["machines"] if row["sums"] == "float32")
    assert row["network"] == "1 Gbit/s Ethernet"
    assert row["2 machines"] == pytest.approx(1.25 / (1.25 + 4e6 / 0.125e9 + 2e-4))
    halved = next(row for row in result["machines"] if row["sums"] == "bfloat16")
    assert row["64 machines"] < halved["64 machines"] < 1.0
    # Sent in a quarter of the time of computing, half of the bytes are a tenth of the whole.
    sent = 4e6 / result["bfloat16_saves_a_tenth_below"]["2 machines"]
    assert sent / 2 == pytest.approx((1.25 + sent) / 10)
    assert len(scaling.table(result).splitlines()) == 2 + 3 + 2 + len(result["machines"]) + 1
