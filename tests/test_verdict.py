import dataclasses
import re

import pytest
from runs import recipe_with
from tiny import learned_vae, some_captions

from textvae.data.caption_set import Caption, Captions
from textvae.training.preparation import Splits
from textvae.training.verdict import curve, read_back, sample_lines, sentences, verdict

GOOD = {
    "num_lines": 9000, "unknown_rate": 0.0, "repeated": 0.01, "repeated_of_real": 0.005,
    "training_exact": 0.97, "held_out_exact": 0.8, "held_out_nearly": 0.95, "epochs": 20,
    "lowest_loss_epoch": 18, "is_still_falling": False, "is_overfit": False,
    "is_learning": False,
}  # fmt: skip


def text_of(**metrics):
    recipe = recipe_with(train={"epochs": 20, "beta": 0.2})
    return " ".join(sentences({**GOOD, **metrics}, recipe))


@pytest.mark.parametrize(("metrics", "start"), [
    ({}, "Good: 80% of held-out lines come back exactly, and 95% with at most one word"),
    ({"held_out_exact": 0.3}, "Fair: "),
    ({"held_out_exact": 0.0, "held_out_nearly": 0.0}, "It knows its own lines, but few"),
    ({"held_out_exact": 0.0, "held_out_nearly": 0.1, "training_exact": 0.1}, "Poor: "),
    ({"counts_characters": True},
     "Good: 80% of held-out lines come back exactly, and 95% with at most one character"),
])  # fmt: skip
def test_the_grade_is_of_held_out_lines(metrics, start):
    assert text_of(**metrics).startswith(start)


@pytest.mark.parametrize(("metrics", "advice"), [
    ({}, "Neither more lines nor more epochs are needed."),
    ({"is_still_falling": True}, "More epochs would help, .*--resume --set train.epochs=40"),
    ({"training_exact": 0.5, "is_learning": True}, "More epochs would help"),
    ({"training_exact": 0.5, "is_learning": True, "has_stalled": True},
     "^(?!.*More epochs).* A lower train.beta"),  # more epochs would not be trained
    ({"training_exact": 0.5}, "A lower train.beta .* train.beta=0.1 --set train.epochs=40"),
    ({"held_out_exact": 0.1, "is_overfit": True}, "More lines would help most: 9,000 are"),
    ({"held_out_exact": 0.1}, "^(?!.*Neither).*More lines would help most"),
    ({"held_out_exact": 0.1, "is_overfit": True, "training_exact": 0.5},
     "^(?!.*memorised).* A lower train.beta .*More lines would help, too: 9,000 tell"),
    ({"unknown_rate": 0.1}, "10% of the words are unknown to it: --text plain reads"),
    ({"repeated": 0.05}, "Samples often repeat themselves within a line: 5.0% do, compared"),
])  # fmt: skip
def test_the_advice_follows_from_the_metrics(metrics, advice):
    assert re.search(advice, text_of(**metrics))


def test_rarer_words_are_advised_only_where_some_were_left_out():
    found = {**GOOD, "unknown_rate": 0.1}
    every, twice = (
        " ".join(sentences(found, recipe_with(data={"min_count": count}))) for count in (1, 2)
    )
    assert "lower data.min_count" in twice
    assert "--text plain reads every line." in every
    assert "min_count" not in every


def test_samples_may_repeat_what_real_lines_repeat():
    assert "often repeat" not in text_of(repeated=0.05, repeated_of_real=0.03)


def history(losses, nll=None):
    rows = enumerate(zip(losses, nll or losses, strict=True), start=1)
    return [
        {"epoch": n, "nll": own, "val_nll": loss, "val_loss": loss} for n, (loss, own) in rows
    ]


@pytest.mark.parametrize(("losses", "nll", "falling", "overfit", "learning"), [
    ([9, 8, 7, 6], None, True, False, True),
    ([9, 7, 6, 6.5], None, False, False, False),
    ([9, 7, 6, 5.99], None, False, False, False),  # by hardly anything
    ([9, 8, 9, 10], [9, 6, 4, 3], False, True, True),
    ([9], None, False, False, False),
])  # fmt: skip
def test_curves_show_whether_a_run_was_still_falling_and_overfit(
    losses, nll, falling, overfit, learning
):
    found = curve(history(losses, nll))
    assert (found["is_still_falling"], found["is_overfit"]) == (falling, overfit)
    assert found["is_learning"] == learning
    assert found["lowest_loss_epoch"] == losses.index(min(losses)) + 1


def test_lines_come_back_exactly_or_with_one_word_in_five_wrong():
    vae, lines = learned_vae(), some_captions(110)[60:]
    found = vae.reconstruct(lines)
    exact, nearly = read_back(vae, lines)
    backs = [getattr(each, "text", each) for each in found]
    assert exact == pytest.approx(sum(a == b for a, b in zip(lines, backs, strict=True)) / 50)
    assert exact <= nearly <= 1.0


def test_a_line_of_unknown_words_counts_as_not_reconstructed():
    vae, lines = learned_vae(), some_captions(5)
    exact, nearly = read_back(vae, lines)
    shares = pytest.approx((exact * 5 / 7, nearly * 5 / 7))
    assert read_back(vae, [*lines, "qqq", "qqq zzz"]) == shares
    assert read_back(vae, ["qqq"]) == (0.0, 0.0)


def test_lines_that_are_read_back_are_from_all_of_a_file():
    found = sample_lines([str(number) for number in range(2000)])
    assert (len(found), found[0], found[-1]) == (500, "0", "1996")


def test_no_lower_beta_than_0_is_advised():
    found = {**GOOD, "training_exact": 0.5}
    assert "train.beta" in " ".join(sentences(found, recipe_with(train={"beta": 0.1})))
    assert "train.beta" not in " ".join(sentences(found, recipe_with(train={"beta": 0.0})))


def test_one_epoch_shows_no_slope():
    said = " ".join(sentences({**GOOD, "training_exact": 0.5, "epochs": 1}, recipe_with()))
    assert "More epochs would help" in said
    assert "lower train.beta" not in said


def test_samples_that_repeat_are_not_blamed_on_lines_that_come_back():
    said = text_of(repeated=0.05)
    assert "memorised" not in said
    assert "Neither" not in said
    assert "may help its samples" in said


def test_the_advice_of_more_epochs_outlasts_the_patience():
    said = text_of(training_exact=0.5, is_learning=True, lowest_loss_epoch=18)
    assert "--resume --set train.epochs=40 --set train.patience=24" in said
    assert "patience" not in text_of(is_still_falling=True, lowest_loss_epoch=20)


def test_plain_text_is_not_advised_together_with_weights_of_captions():
    recipe = dataclasses.replace(recipe_with(), init_from="coco")
    said = " ".join(sentences({**GOOD, "unknown_rate": 0.1}, recipe))
    assert "--text plain, without --init-from, reads every line" in said


def test_a_line_that_was_trained_on_is_not_held_out():
    vae, known = learned_vae(), some_captions(40)
    parts = [
        Captions(tuple(Caption(f"{name}{n}", t) for n, t in enumerate(texts)), len(texts), {})
        for name, texts in (("a", known), ("b", [*known[:10], "qqq", "zzz qqq"]))
    ]
    found = verdict(vae, Splits(*parts), history([9, 8]), recipe_with(), 0.0, False)
    assert (found["held_out_exact"], found["held_out_nearly"]) == (0.0, 0.0)
    assert not found["counts_characters"]


def test_samples_are_not_blamed_on_a_prior_that_is_not_there():
    found = {**GOOD, "repeated": 0.05}
    without = " ".join(sentences(found, recipe_with(prior={"epochs": 0})))
    assert "--resume without prior.epochs=0 trains one" in without
    of_codes = {"training_exact", "held_out_exact", "held_out_nearly"}
    found = {name: value for name, value in found.items() if name not in of_codes}
    said = " ".join(sentences(found, recipe_with(model={"latent_dim": 0})))
    assert "may help its samples." in said
    assert "prior" not in said
