"""Whether a trained model is good, and what would improve it, in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any

from textvae.config.recipe import Recipe
from textvae.data.prepared_caption import readable_captions
from textvae.data.stored_captions import sample
from textvae.data.text_modes import PLAIN
from textvae.metrics.line_faults import repeated_share
from textvae.metrics.word_differences import words_changed
from textvae.pipeline import Pipeline
from textvae.training.preparation import Splits
from textvae.training.stopping import Logs, best_epoch
from textvae.words import are_characters, split_words

NUM_LINES, NUM_SAMPLES = 500, 500  # lines to reconstruct, and samples to draw
MOST_REPEATED = 0.03  # share of repetitive samples beyond that of real lines
STILL_FALLING = 0.01  # relative fall of the loss over the last tenth of a run
OVERFIT = 1.5  # nll of held-out lines over that of training lines
MANY_UNKNOWN = 0.05


def verdict(
    vae: Pipeline,
    splits: Splits,
    history: Sequence[Logs],
    recipe: Recipe,
    unknown_rate: float,
    has_stalled: bool,
) -> dict[str, Any]:
    """The metrics of a finished run and, under `text`, sentences that explain them.

    Args:
        vae: the model, with its prior.
        splits: the lines that it was trained and validated on.
        history: of the run.
        recipe: of the run.
        unknown_rate: the share of words in held-out lines that the model does not know.
        has_stalled: whether `train.patience` ended the run.
    """
    train = sample(splits.train)
    found: dict[str, Any] = {"num_lines": len(splits.train), "unknown_rate": unknown_rate}
    if not vae.is_language_model:
        exact, _ = read_back(vae, sample_lines(train.texts))
        # Equal lines of two groups may be on both sides of the split.
        known, others = set(train.texts), sample(splits.validation).texts
        new = sample_lines([text for text in others if text not in known] or others)
        held_out, nearly = read_back(vae, new)
        found |= {"training_exact": exact}
        found |= {"held_out_exact": held_out, "held_out_nearly": nearly}
        found["counts_characters"] = are_characters(split_words(" ".join(new)))
    found["repeated"] = repeated_share(vae.generate(NUM_SAMPLES, seed=0))
    found["repeated_of_real"] = repeated_share(train.texts)
    found |= {**curve(history), "has_stalled": has_stalled}
    return {**found, "text": sentences(found, recipe)}


def sample_lines(lines: Sequence[str]) -> Sequence[str]:
    """At most `NUM_LINES` evenly spaced lines of a file, which may be sorted.

    Example:
        >>> sample_lines(["a", "b"])
        ['a', 'b']
    """
    count = min(len(lines), NUM_LINES)
    return [lines[place * len(lines) // count] for place in range(count)]


def read_back(vae: Pipeline, lines: Sequence[str]) -> tuple[float, float]:
    """The shares of lines that are reconstructed exactly, and at least nearly.

    Nearly means with at most one word in five inserted, deleted or replaced.
    A line that the model cannot read counts as not reconstructed.

    Example:
        >>> import textvae
        >>> read_back(textvae.load("article"), ["zyzzyva"])  # a word that it does not know
        (0.0, 0.0)
    """
    readable = readable_captions(lines, vae.prepare)
    found = vae.decode(vae.encode(readable)) if readable else []
    pairs = list(zip(readable, found, strict=True))
    exact = sum(line == back for line, back in pairs)
    nearly = sum(
        5 * words_changed(line, back) <= len(split_words(line)) for line, back in pairs
    )
    return exact / len(lines), nearly / len(lines)


def curve(history: Sequence[Logs]) -> dict[str, Any]:
    """Facts from the training curves: best epoch, continuing improvement, and overfitting.

    Example:
        >>> history = [{"epoch": n, "nll": 9.0 / n, "val_nll": 9.0, "val_loss": 9.0 + n}
        ...            for n in (1, 2, 3)]
        >>> found = curve(history)
        >>> found["lowest_loss_epoch"], found["is_still_falling"], found["is_overfit"]
        (1, False, True)
    """
    best, last = best_epoch(history), history[-1]
    before = history[-1 - max(1, len(history) // 10)] if len(history) > 1 else last
    fall = (before["val_loss"] - last["val_loss"]) / max(abs(before["val_loss"]), 1e-9)
    return {
        "epochs": int(last["epoch"]),
        "lowest_loss_epoch": int(best["epoch"]),
        "is_still_falling": bool(last is best and fall > STILL_FALLING),
        "is_overfit": bool(last["val_nll"] > OVERFIT * last["nll"]),
        "is_learning": bool(last["nll"] < (1.0 - STILL_FALLING) * before["nll"]),
    }


def sentences(found: Mapping[str, Any], recipe: Recipe) -> list[str]:
    """Sentences that explain the metrics of `verdict` and suggest improvements.

    Example:
        >>> found = {"num_lines": 9000, "unknown_rate": 0.0, "repeated": 0.0,
        ...          "repeated_of_real": 0.0, "training_exact": 0.97, "held_out_exact": 0.8,
        ...          "held_out_nearly": 0.95, "epochs": 20, "lowest_loss_epoch": 18,
        ...          "is_still_falling": False, "is_overfit": False, "is_learning": False}
        >>> for sentence in sentences(found, Recipe(name="mine"))[1:]:
        ...     print(sentence)
        97% of the training lines come back exactly.
        Samples seldom repeat themselves within a line: 0.0% do, compared with 0.0% of ...
        Neither more lines nor more epochs are needed.
    """
    measured = [*_reading(found), _sampling(found)]
    # With zero epochs there is nothing in this run to change.
    return [*measured, *_advice(found, recipe)] if recipe.train.epochs else measured


def _reading(found: Mapping[str, Any]) -> list[str]:
    if "held_out_exact" not in found:
        return []
    held_out, exact = found["held_out_exact"], found["training_exact"]
    if held_out >= 0.5:
        grade = "Good"
    elif held_out >= 0.2 or found["held_out_nearly"] >= 0.5:
        grade = "Fair"
    else:
        grade = "It knows its own lines, but few others" if exact >= 0.5 else "Poor"
    unit = "character" if found.get("counts_characters") else "word"
    return [
        f"{grade}: {held_out:.0%} of held-out lines come back exactly, and"
        f" {found['held_out_nearly']:.0%} with at most one {unit} in five wrong.",
        f"{exact:.0%} of the training lines come back exactly.",
    ]


def _sampling(found: Mapping[str, Any]) -> str:
    shares = (
        f"{found['repeated']:.1%} do, compared with"
        f" {found['repeated_of_real']:.1%} of training lines."
    )
    if _repeats_much(found):
        return f"Samples often repeat themselves within a line: {shares}"
    return f"Samples seldom repeat themselves within a line: {shares}"


def _repeats_much(found: Mapping[str, Any]) -> bool:
    return bool(found["repeated"] > MOST_REPEATED + found["repeated_of_real"])


def _advice(found: Mapping[str, Any], recipe: Recipe) -> list[str]:
    more_epochs = f"--resume --set train.epochs={2 * recipe.train.epochs}"
    if recipe.train.keep == "best" and found["lowest_loss_epoch"] < found["epochs"]:
        # Otherwise the first epochs without improvement, at a higher learning rate, end it.
        more_epochs += f" --set train.patience={recipe.train.epochs + recipe.train.patience}"
    knows_little = found.get("training_exact", 1.0) < 0.9
    is_weak = found.get("held_out_exact", 0.0) < 0.5
    advice = []
    if found["unknown_rate"] > MANY_UNKNOWN and recipe.data.text != PLAIN:
        has_rarer = recipe.data.min_count > 1
        rarer = "; a lower data.min_count reads rarer words" if has_rarer else ""
        plain = "--text plain, without --init-from," if recipe.init_from else "--text plain"
        advice.append(
            f"{found['unknown_rate']:.0%} of the words are unknown to it: {plain} reads every"
            f" line{rarer}."
        )
    # One epoch shows no slope, and a stalled run would end at once.
    is_learning = found["is_learning"] or found["epochs"] == 1
    is_learning = is_learning and not found.get("has_stalled")
    if found["is_still_falling"] or (knows_little and is_learning):
        advice.append(f"More epochs would help, as it was still learning: {more_epochs}")
    elif knows_little and not advice and recipe.train.beta:
        advice.append(
            "A lower train.beta lets a code say more about a line: --resume --set"
            f" train.beta={recipe.train.beta / 2:.3g} --set train.epochs="
            f"{2 * recipe.train.epochs}"
        )
    elif knows_little and not advice:
        advice.append("A larger model.latent_dim or model.hidden_dim, in a new run, may help.")
    has_no_other = "held_out_exact" in found and not advice
    if is_weak and (found["is_overfit"] or has_no_other):
        num_lines = f"{found['num_lines']:,}"
        advice.append(
            f"More lines would help, too: {num_lines} tell the model little about others."
            if knows_little
            else f"More lines would help most: {num_lines} are memorised before the model"
            " learns what they have in common."
        )
    elif _repeats_much(found) and not advice:
        advice.append(_better_samples(recipe))
    return advice or ["Neither more lines nor more epochs are needed."]


def _better_samples(recipe: Recipe) -> str:
    if recipe.model.is_language_model:
        return "More lines, or other train.* settings in a new run, may help its samples."
    if not recipe.prior.epochs:
        return (
            "It has no prior over lines, whose samples would be better: --resume without"
            " prior.epochs=0 trains one."
        )
    return (
        "More lines, or other prior.* settings in a new run, may help its samples, which the"
        " prior writes."
    )
