"""The time that textvae, plain Keras and plain PyTorch take to reach a validation ELBO.

    python -m benchmarks.time_to_quality --captions FILE ... --validation FILE
        [--minutes 20] [--target ELBO] [--output speed.json] [--svg speed.svg]

The same network trains on the same captions with random batches of 64 and Adam at 0.003, the
best of 0.001, 0.002 and 0.003 for textvae and for PyTorch. (Batches of 128 and 256 with a
matching learning rate get as far in the same time: docs/speed.md.) Beta is 1 from the first
step on: the loss is then the negative ELBO, which improves only by better training. (At a lower
beta the ELBO rises first, and falls when the code begins to be used.) The learning rate is
constant, so that no curve depends on its end.

The three take turns of half a minute, so that all are affected alike by other load. The clock
of each runs while it trains, including tracing, and stops while it is evaluated.
"""

import argparse
import dataclasses
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import curves, machine
from benchmarks.rows import MAX_WORDS, Rows, batches_of
from benchmarks.sizes import recipe_settings
from benchmarks.workers import Worker
from textvae.config.recipe import find_recipe
from textvae.config.settings import ModelConfig, TrainConfig
from textvae.data.captions import load_captions
from textvae.data.tokenizer import Tokenizer
from textvae.errors import BadInput
from textvae.runtime.imports import import_tensorflow

TURN = 30.0  # seconds
BETA = 1.0
STEPS = {"batch_size": 64, "learning_rate": 3e-3, "warmup_steps": 0}
NUM_HELD_OUT = 2048  # validation captions; the ELBO's standard error is about 0.2 nats
VALIDATION_BATCH = 256
MAKERS = {
    "textvae": "benchmarks.time_to_quality:ours",
    "pytorch": "benchmarks.time_to_quality:pytorch",
    "keras": "benchmarks.time_to_quality:keras",
}
NAMES = {"textvae": "textvae", "pytorch": "PyTorch", "keras": "Keras"}
Curve = list[tuple[float, float]]  # seconds of training, ELBO


class Theirs:
    """A reference: batches in a new random order each epoch."""

    def __init__(self, training: Any, rows: Rows, held_out: Rows) -> None:
        self.training = training
        self.held_out = list(batches_of(held_out, range(len(held_out)), VALIDATION_BATCH))
        self.stream = _shuffled(rows, training.settings.batch_size)

    def turn(self, seconds: float) -> tuple[float, float]:
        """Train for about `seconds`: returns the seconds taken and the ELBO afterwards."""
        start = time.perf_counter()
        self.training.run(self._until(start + seconds))
        return time.perf_counter() - start, self.training.elbo(self.held_out)

    def _until(self, end: float) -> Iterator[Any]:
        while time.perf_counter() < end:
            yield next(self.stream)


def _shuffled(rows: Rows, batch_size: int) -> Iterator[Any]:
    for epoch in itertools.count():
        order = np.random.default_rng(epoch).permutation(len(rows))
        yield from batches_of(rows, order, batch_size)


def at_full_beta(settings: TrainConfig, **changes: Any) -> TrainConfig:
    """The same settings with the negative ELBO as the loss and a constant learning rate."""
    fixed = {"beta": BETA, "beta_schedule": "constant", "final_learning_rate": 1.0}
    return dataclasses.replace(settings, **fixed | changes)  # type: ignore[arg-type]


Task = tuple[ModelConfig, int, Rows, Rows]  # the network, its vocabulary, captions, held out


def ours(config: ModelConfig, vocab_size: int, rows: Rows, held_out: Rows) -> Any:
    """Textvae, in a worker."""
    import_tensorflow()
    from benchmarks.ours import Racer
    from textvae.runtime.devices import prepare_training

    settings = at_full_beta(recipe_settings(), **STEPS)
    prepare_training(settings.shards)
    return Racer(config, vocab_size, settings, rows, held_out)


def keras(config: ModelConfig, vocab_size: int, rows: Rows, held_out: Rows) -> Theirs:
    """The plain Keras network, in a worker."""
    import_tensorflow()
    from benchmarks.plain_keras import KerasTraining

    settings = at_full_beta(recipe_settings(), **STEPS)
    return Theirs(KerasTraining(config, vocab_size, settings), rows, held_out)


def pytorch(config: ModelConfig, vocab_size: int, rows: Rows, held_out: Rows) -> Theirs:
    """The plain PyTorch network, in a worker."""
    from benchmarks.plain_torch import TorchTraining

    settings = at_full_beta(recipe_settings(), **STEPS)
    return Theirs(TorchTraining(config, vocab_size, settings), rows, held_out)


def race(
    train: Mapping[str, Callable[[float], tuple[float, float]]], minutes: float, turn: float
) -> dict[str, Curve]:
    """The curve of each: turns of training, each with its seconds and the ELBO after it."""
    found: dict[str, Curve] = {name: [] for name in train}
    while min(_trained(curve) for curve in found.values()) < 60 * minutes:
        for name, train_for in train.items():
            before = _trained(found[name])
            if before < 60 * minutes:
                seconds, elbo = train_for(turn)
                found[name].append((before + seconds, elbo))
                machine.print_progress(
                    f"{name}: {(before + seconds) / 60:.1f} minutes, ELBO {elbo:.2f}"
                )
    return found


def _trained(curve: Curve) -> float:
    return curve[-1][0] if curve else 0.0


def seconds_to(curve: Curve, target: float) -> float | None:
    """When a curve first reaches the target, by linear interpolation; None if never."""
    for i, (at, elbo) in enumerate(curve):
        if elbo >= target:
            if i == 0:
                return at
            before, lower = curve[i - 1]
            return before + (at - before) * (target - lower) / (elbo - lower)
    return None


def compared(found: dict[str, Curve], target: float | None) -> dict[str, Any]:
    """The seconds to the target, by default the best that PyTorch reached, and the ratios."""
    wanted = max(elbo for _, elbo in found["pytorch"]) if target is None else target
    seconds = {name: seconds_to(curve, wanted) for name, curve in found.items()}
    ours = seconds["textvae"]
    return {
        "target_elbo": wanted,
        "seconds_to_target": seconds,
        "share_of_time": {
            name: ours / theirs if ours and theirs else None
            for name, theirs in seconds.items()
            if name != "textvae"
        },
        "best_elbo": {name: max(elbo for _, elbo in curve) for name, curve in found.items()},
    }


def main(arguments: list[str] | None = None) -> None:
    """Run the comparison, and print and write the results."""
    parser = _parser()
    options = parser.parse_args(arguments)
    facts, task = begin(parser, options)
    with ExitStack() as stack:
        turns = {
            name: partial(stack.enter_context(Worker(maker, *task)).call, "turn")
            for name, maker in MAKERS.items()
        }
        found = race(turns, options.minutes, options.turn)
    outcome = compared(found, options.target)
    result = {**outcome, "machine": facts, "settings": _settings(options), "curves": found}
    print(json.dumps(result))
    if options.output:
        options.output.write_text(json.dumps(result) + "\n", encoding="utf-8")
    if options.svg:
        options.svg.write_text(picture(found, outcome["target_elbo"]), encoding="utf-8")


def picture(found: dict[str, Curve], target: float) -> str:
    """The curves, from 15 nats below the target up."""
    minutes = {NAMES[name]: [(at / 60, elbo) for at, elbo in found[name]] for name in NAMES}
    return curves.svg(
        minutes,
        title="Validation ELBO over training time",
        across="minutes of training",
        up="validation ELBO, nats per caption",
        lowest=target - 15.0,
        line=target,
    )


def captions_parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """The parser of a benchmark `name` that trains on captions and measures on others."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--captions", nargs="+", type=Path, required=True, metavar="FILE", help="to train on")
    add("--validation", type=Path, required=True, metavar="FILE", help="to measure on")
    return parser


def begin(
    parser: argparse.ArgumentParser, options: argparse.Namespace
) -> tuple[dict[str, Any], Task]:
    """The machine, also on standard error, and the training data; exits on bad files."""
    facts = machine.machine()
    machine.print_progress(machine.in_words(facts))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return facts, _task(options.captions, options.validation)
    except BadInput as error:
        sys.exit(f"{parser.prog}: {error}")


def _task(captions: Sequence[Path], validation: Path) -> Task:
    recipe = find_recipe("coco")
    texts = load_captions([str(file) for file in captions], max_length=MAX_WORDS).texts
    held = load_captions([str(validation)], max_length=MAX_WORDS).texts
    tokenizer = Tokenizer.fit(texts, recipe.data.min_count)
    order = np.random.default_rng(0).permutation(len(held))[:NUM_HELD_OUT]
    rows = [tokenizer.encode(text) for text in texts]
    return recipe.model, len(tokenizer), rows, [tokenizer.encode(held[i]) for i in order]


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "minutes": options.minutes,
        "turn_seconds": options.turn,
        "held_out_captions": NUM_HELD_OUT,
        "beta": BETA,
        **STEPS,
    }


def _parser() -> argparse.ArgumentParser:
    parser = captions_parser("time_to_quality", __doc__)
    add = parser.add_argument
    add("--minutes", type=float, default=20.0, help="of training, for each (20)")
    add("--turn", type=float, default=TURN, metavar="SECONDS", help="of each in turn (30)")
    add("--target", type=float, help="the ELBO to reach (the best that PyTorch does)")
    add("--output", type=Path, metavar="FILE", help="where to write the result as JSON")
    add("--svg", type=Path, metavar="FILE", help="where to draw the curves")
    return parser


if __name__ == "__main__":
    main()
