import pytest
from runs import recipe_with

from textvae.errors import TrainingFailed
from textvae.training.stopping import best_epoch, check_active_units, check_loss, has_stalled


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
        has_stalled(history_of(losses[:count]), settings) for count in range(len(losses))
    ]
    assert not any(stalled[:stops_after])
    history = history_of(losses[:stops_after])
    assert has_stalled(history, settings)
    assert best_epoch(history)["epoch"] == best


def test_a_run_that_gets_better_or_has_not_begun_has_not_stalled():
    settings = recipe_with(train={"patience": 1}).train
    assert not has_stalled([], settings)
    assert not has_stalled(history_of([5, 4, 3]), settings)


def test_no_run_has_stalled_while_beta_is_rising():
    """The loss is of the full beta, so it may rise with it."""
    worse = history_of([5, 6, 7])
    rising = {"patience": 1, "beta_epochs": 4.0}
    assert not has_stalled(worse, recipe_with(train=rising).train)
    constant = {**rising, "beta_schedule": "constant"}
    assert has_stalled(worse, recipe_with(train=constant).train)


def test_no_run_is_called_collapsed_during_its_warm_up():
    recipe = recipe_with(train={"min_active_units": 5, "beta_epochs": 3.0})
    check_active_units([{"epoch": 2, "val_active_units": 0.0}], recipe)
    check_active_units([{"epoch": 3, "val_active_units": 5.0}], recipe)
    with pytest.raises(
        TrainingFailed,
        match=r"0 of 5 latent units are active after epoch 3, .*min_active_units is 5;"
        r" lower train.beta \(now 0.05\), raise train.free_bits \(now 0.0\)",
    ):
        check_active_units([{"epoch": 3, "val_active_units": 0.0}], recipe)


def test_a_language_model_has_nothing_that_could_collapse():
    recipe = recipe_with(model={"latent_dim": 0}, train={"min_active_units": 5})
    check_active_units([{"epoch": 3}], recipe)


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_diverged_run_is_told_what_to_change(loss):
    settings = recipe_with().train
    check_loss(history_of([3.0]), settings)
    with pytest.raises(
        TrainingFailed,
        match=r"is (nan|inf) after epoch 2; lower train.learning_rate \(now 0.01\)",
    ):
        check_loss(history_of([3.0, loss]), settings)
