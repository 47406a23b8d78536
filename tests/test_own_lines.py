"""The table of what own lines give, by their number."""

import json

import pytest
from tiny import learned_vae, saved_weights

from benchmarks import own_lines
from textvae.metrics.line_faults import repeated_share

REPORT = {
    "verdict": {"training_exact": 0.9, "held_out_exact": 0.4, "repeated_of_real": 0.01},
    "validation": {
        "reconstruction_exact": 0.25,
        "reconstruction_bleu4": 0.5,
        "num_captions": 40,
    },
}


def test_lines_are_drawn_once_each_and_the_same_ones_again():
    lines = [f"line {number}" for number in range(50)]
    drawn = own_lines.drawn(lines, 20)
    assert len({*drawn}) == 20
    assert {*drawn} <= {*lines}
    assert own_lines.drawn(lines, 20) == drawn != own_lines.drawn(lines, 20, seed=1)


def test_a_row_is_what_the_report_and_many_samples_say(tmp_path, monkeypatch):
    monkeypatch.setattr(own_lines, "NUM_SAMPLES", 20)
    model = tmp_path / "model"
    model.symlink_to(saved_weights())
    monkeypatch.setattr(own_lines, "report_of", lambda folder: REPORT)
    monkeypatch.setattr(own_lines, "train", lambda lines, folder: pytest.fail("trained"))
    found = own_lines.measure(["a", "b"], 2, tmp_path)
    samples = learned_vae().generate(20, seed=1)
    assert found == {
        "lines": 2,
        "minutes": None,
        "training_exact": 0.9,
        "held_out_exact": 0.25,
        "bleu4": 0.5,
        "num_held_out": 40,
        "repeated": repeated_share(samples),
        "repeated_of_real": 0.01,
    }


def test_a_run_that_has_not_ended_is_no_row(tmp_path):
    (tmp_path / "report.json").write_text(json.dumps({"validation": {}}))
    assert own_lines.report_of(tmp_path) == {}
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    assert own_lines.report_of(tmp_path) == REPORT


def test_more_lines_than_there_are_are_refused(tmp_path, capsys):
    (tmp_path / "few.txt").write_text("one line\nanother\n")
    with pytest.raises(SystemExit):
        own_lines.main([str(tmp_path / "few.txt"), "--sizes", "5"])
    assert "few.txt has only 2 lines" in capsys.readouterr().err


def test_a_model_of_other_lines_is_no_row(tmp_path, monkeypatch):
    monkeypatch.setattr(own_lines, "report_of", lambda folder: REPORT)
    monkeypatch.setattr(own_lines, "row", lambda folder: {})
    (tmp_path / "lines.txt").write_text("c\nd\n")
    with pytest.raises(SystemExit, match="has a model of other lines"):
        own_lines.measure(["a", "b"], 2, tmp_path)
