import pytest
from runs import recipe_with

from textvae.errors import TrainingFailed
from textvae.training.stopping import (
    best_epoch,
    check_active_units,
    check_loss,
    has_stalled,
    kept_epoch,
)

STEPS = 10  # of an epoch


def history_of(losses):
    return [
        {"epoch": epoch, "val_loss": float(loss)} for epoch, loss in enumerate(losses, start=1)
    ]


@pytest.mark.parametrize(("losses", "patience", "stops_after", "best"), [
    ([5, 4, 3, 3.5, 3.2, 2], 2, 5, 3),
    ([5, 4, 3, 3.5, 2.9, 3, 3], 2, 7, 5),
    ([5, 6, 7, 8], 1, 2, 1),
    ([5, 4, 4, 4], 2, 4, 2),  # as good is no better
])  # fmt: skip
def test_a_run_has_stalled_when_patience_is_over(losses, patience, stops_after, best):
    settings = recipe_with(train={"patience": patience, "beta_epochs": 1.0}).train
    stalled = [
        has_stalled(history_of(losses[:count]), settings, STEPS) for count in range(len(losses))
    ]
    assert not any(stalled[:stops_after])
    history = history_of(losses[:stops_after])
    assert has_stalled(history, settings, STEPS)
    assert best_epoch(history)["epoch"] == best
    assert kept_epoch(history, settings)["epoch"] == best


def test_a_run_that_gets_better_or_has_not_begun_has_not_stalled():
    settings = recipe_with(train={"patience": 1}).train
    assert not has_stalled([], settings, STEPS)
    assert not has_stalled(history_of([5, 4, 3]), settings, STEPS)


def test_a_run_that_keeps_its_last_weights_goes_on_to_its_last_epoch():
    settings = recipe_with(train={"patience": 1, "keep": "last"}).train
    history = history_of([5, 6, 7, 8, 9])
    assert not has_stalled(history, settings, STEPS)
    assert kept_epoch(history, settings)["epoch"] == 5


@pytest.mark.parametrize(("rising", "steps", "stalls_after"), [
    ({"beta_epochs": 4.0}, 10, 4),  # beta rises over 40 steps
    ({"beta_schedule": "constant", "warmup_steps": 0}, 10, 2),
    ({"beta_epochs": 1.0, "warmup_steps": 35, "epochs": 99}, 10, 4),  # so does the rate over 35
    ({"beta_epochs": 1.0, "warmup_steps": 35, "epochs": 20}, 10, 2),  # over a tenth of 200
])  # fmt: skip
def test_no_run_has_stalled_during_its_warm_up(rising, steps, stalls_after):
    """The loss is of the full beta, so it may rise with it."""
    settings = recipe_with(train={"patience": 1, **rising}).train
    worse = history_of([5, 6, 7, 8, 9])
    stalled = [has_stalled(worse[:count], settings, steps) for count in range(1, 6)]
    assert stalled.index(True) + 1 == stalls_after


def test_after_a_change_of_the_objective_earlier_epochs_count_no_more():
    settings = recipe_with(train={"patience": 2, "beta_epochs": 1.0}).train
    history = history_of([1, 5, 4, 4.5])
    assert has_stalled(history, settings, STEPS)
    assert not has_stalled(history, settings, STEPS, first=3)
    assert best_epoch(history, first=3)["epoch"] == 3
    assert not has_stalled(history, settings, STEPS, first=5)  # nothing is known of it yet


def check(epoch, first=1, train=None, **metrics):
    recipe = recipe_with(train={"min_active_units": 5, "beta_epochs": 3.0, **(train or {})})
    logs = {"epoch": epoch, **metrics}
    check_active_units([logs], recipe, STEPS, first)


def test_a_collapsed_run_is_told_how_to_go_on():
    with pytest.raises(
        TrainingFailed,
        match=r"it is 0.02 nats after epoch 3, 1 of 5 latent units are active, .*"
        r"min_active_units is 5; .*--resume --set train.beta=0.005 \(now 0.05\), or"
        r" with --resume --set train.free_bits=0.5 \(now 0\)",
    ):
        check(3, val_active_units=1.0, active_units=0.0, val_kl=0.02)


@pytest.mark.parametrize(("epoch", "first", "metrics"), [
    (2, 1, {"val_active_units": 0.0, "val_kl": 0.0}),  # beta rises over three epochs
    (5, 4, {"val_active_units": 0.0, "val_kl": 0.0}),  # and again after a change,
    (7, 4, {"val_active_units": 0.0, "val_kl": 0.0}),  # which is given the patience of 4
    (3, 1, {"val_active_units": 5.0, "val_kl": 0.1}),
    (3, 1, {"val_active_units": 0.0, "val_kl": 34.0}),  # few captions vary little by chance
    (3, 1, {"val_active_units": 0.0, "active_units": 5.0, "val_kl": 0.1}),
])  # fmt: skip
def test_no_run_is_called_collapsed_in_its_warm_up_or_while_the_code_is_used(
    epoch, first, metrics
):
    check(epoch, first, **metrics)


def test_a_run_that_stays_collapsed_after_a_change_ends_again():
    with pytest.raises(TrainingFailed, match="after epoch 8"):
        check(8, first=4, val_active_units=0.0, val_kl=0.0)


def test_a_language_model_has_nothing_that_could_collapse():
    recipe = recipe_with(model={"latent_dim": 0}, train={"min_active_units": 5})
    check_active_units([{"epoch": 3}], recipe, STEPS)


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_diverged_run_is_told_what_to_change(loss):
    settings = recipe_with().train
    check_loss(history_of([3.0]), settings)
    with pytest.raises(
        TrainingFailed,
        match=r"is (nan|inf) after epoch 2; train again in another --output with a lower"
        r" train.learning_rate \(now 0.01\)",
    ):
        check_loss(history_of([3.0, loss]), settings)


def test_advice_after_the_last_epoch_names_more_of_them():
    with pytest.raises(TrainingFailed, match=r"now 0\); in both cases add .* train.epochs=6"):
        check(3, train={"epochs": 3}, val_active_units=0.0, val_kl=0.0)
