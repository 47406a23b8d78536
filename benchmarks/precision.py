"""Whether training in bfloat16 learns as much from the same words as in float32.

    python -m benchmarks.precision --captions FILE ... --validation FILE
        [--steps 1000] [--seeds 0 1 2]

The network of the shipped size trains on the same batches in both precisions, from the same
first weights and with the same noise. Beta is 1 and the learning rate constant, as in
`benchmarks.time_to_quality`, so the loss is the negative ELBO; it is measured on held-out
captions, in float32 for both. Each training has a separate process; the two precisions of a
seed run one after the other.
"""

import json
import statistics
from typing import Any

from benchmarks import machine
from benchmarks.rows import Rows
from benchmarks.sizes import recipe_settings
from benchmarks.time_to_quality import (
    NUM_HELD_OUT,
    VALIDATION_BATCH,
    at_full_beta,
    begin,
    captions_parser,
)
from benchmarks.training_speed import PRECISIONS
from benchmarks.workers import Worker
from textvae.config.settings import ModelConfig, TrainConfig
from textvae.runtime.imports import import_tensorflow


class Learner:
    """One training, in a worker."""

    def __init__(
        self,
        config: ModelConfig,
        vocab_size: int,
        rows: Rows,
        held_out: Rows,
        settings: TrainConfig,
        steps: int,
    ) -> None:
        import_tensorflow()
        from benchmarks.ours import OurTraining, SomeBatches
        from textvae.data.batching import CaptionBatches
        from textvae.runtime.devices import prepare_training

        prepare_training(settings.shards)
        batches = SomeBatches(rows, settings.batch_size, settings.seed, steps)
        self.training = OurTraining(config, vocab_size, settings, batches)
        self.held_out = CaptionBatches(held_out, VALIDATION_BATCH)

    def learn(self) -> dict[str, float]:
        """Train for one pass over the batches, and measure."""
        seconds, tokens = self.training.round(0)
        logs = self.training.model.evaluate(
            self.held_out.dataset(), verbose=0, return_dict=True
        )
        return {
            "elbo": -float(logs["nll"] + logs["kl"]),
            "tokens": tokens,
            "tokens_per_second": tokens / seconds,
        }


def measure(task: Any, steps: int, seeds: list[int]) -> list[dict[str, Any]]:
    """The results of both precisions for each seed."""
    rows = []
    for seed in seeds:
        found: dict[str, Any] = {"seed": seed}
        for precision in PRECISIONS:
            settings = at_full_beta(recipe_settings(), seed=seed, precision=precision)
            with Worker("benchmarks.precision:Learner", *task, settings, steps) as worker:
                found[precision] = worker.call("learn")
            machine.print_progress(f"seed {seed}, {precision}: {found[precision]}")
        rows.append(found)
    return rows


def summary(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The comparison of the precisions; positive values favour bfloat16.

    Example:
        >>> one = {"elbo": -40.0, "tokens_per_second": 5000.0}
        >>> other = {"elbo": -40.25, "tokens_per_second": 8000.0}
        >>> summary([{"float32": one, "bfloat16": other}])
        {'elbo_difference': -0.25, 'largest_difference': 0.25, 'speed_ratio': 1.6}
    """
    differences = [row["bfloat16"]["elbo"] - row["float32"]["elbo"] for row in rows]
    speeds = [
        row["bfloat16"]["tokens_per_second"] / row["float32"]["tokens_per_second"]
        for row in rows
    ]
    return {
        "elbo_difference": statistics.mean(differences),
        "largest_difference": max(map(abs, differences)),
        "speed_ratio": statistics.median(speeds),
    }


def main(arguments: list[str] | None = None) -> None:
    """Train, compare, and print one JSON object."""
    parser = captions_parser("precision", __doc__)
    add = parser.add_argument
    add("--steps", type=int, default=1000, help="of the optimiser, within one epoch (1000)")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2], help="one training each (0 1 2)")
    options = parser.parse_args(arguments)
    facts, task = begin(parser, options)
    rows = measure(task, options.steps, options.seeds)
    settings = {"steps": options.steps, "held_out_captions": NUM_HELD_OUT}
    print(json.dumps({**summary(rows), **settings, "machine": facts, "trainings": rows}))


if __name__ == "__main__":
    main()
