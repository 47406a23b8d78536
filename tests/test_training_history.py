import json
import math

import pytest

from textvae.metrics.training_history import (
    PANELS,
    SERIES,
    best_epoch_of,
    curve,
    history_of,
)


@pytest.mark.parametrize("name", ["article", "coco", "elephant"])
def test_a_shipped_model_has_every_curve_over_all_of_its_epochs(root, name):
    report = json.loads((root / "weights" / name / "report.json").read_text(encoding="utf-8"))
    history = history_of(report)
    epochs = list(range(1, len(report["history"]) + 1))
    assert best_epoch_of(report) in epochs
    for panel in PANELS:
        for series, prefix in SERIES.items():
            found = curve(history, panel.metric, series)
            assert found.epochs == epochs
            assert found.values == [logs[prefix + panel.metric] for logs in report["history"]]


@pytest.mark.parametrize("history", [
    None, "long", {"epoch": 1}, [None, 3, "one"], [{"epoch": "1", "nll": 2.0}],
    [{"epoch": True}], [{"epoch": math.nan}], [{"nll": 2.0}],
])  # fmt: skip
def test_what_is_no_history_has_no_epochs(history):
    assert history_of({"history": history}) == []
    assert history_of(history) == []


def test_what_is_no_number_is_left_out_of_a_curve():
    values = [3, math.inf, 2.5, None, "2", True, 2]
    logs = [{"epoch": epoch, "val_nll": value} for epoch, value in enumerate(values, 1)]
    found = curve(history_of({"history": logs}), "nll", "validation")
    assert found == ([1, 3, 7], [3.0, 2.5, 2.0])
    assert curve(history_of({"history": logs}), "nll", "training") == ([], [])


@pytest.mark.parametrize(("best", "expected"), [(3, 3), (3.0, 3), ("3", None), (None, None)])
def test_the_best_epoch_is_a_number_or_unknown(best, expected):
    assert best_epoch_of({"best_epoch": best}) == expected
