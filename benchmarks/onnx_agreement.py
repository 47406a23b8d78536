"""The share of captions on which ONNX Runtime, after `textvae export`, and the model agree.

    python -m benchmarks.onnx_agreement [--weights W] [--count N] [--temperature T] [--json]

For the model, and for its prior if it has one: the posterior means of generated captions, and
the captions of codes from N(0, I), with the most probable words and with drawn words. Both
sides draw with the same random numbers.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.machine import in_words, machine, print_progress
from benchmarks.seed_agreement import agreement_parser, share_alike
from textvae.types import Array

if TYPE_CHECKING:
    from textvae.decoding.compiled_model import CompiledModel
    from textvae.decoding.generator import Generator
    from textvae.nn.model import TextVAE
    from textvae.pipeline import Pipeline

BATCH = 250  # rows that ONNX Runtime gets at once
PACKAGES = ("tensorflow", "keras", "numpy", "onnx", "onnxruntime")

Run = Callable[..., list[Array]]
Pick = Callable[[Array, int], Array]


def sessions(files: Mapping[str, bytes]) -> dict[str, Run]:
    """Sessions of ONNX Runtime for the files, as functions of named arrays, by name."""
    import onnxruntime

    found: dict[str, Run] = {}
    for name, data in files.items():
        run = onnxruntime.InferenceSession(data).run
        found[name.removesuffix(".onnx")] = lambda run=run, **inputs: run(None, inputs)
    return found


def written(
    run: Mapping[str, Run], z: Array, num_steps: int, pick: Pick | None = None
) -> list[list[int]]:
    """Token ids of the captions of codes `[N, D]`, word by word.

    Args:
        run: the sessions `start` and `step`.
        z: the codes.
        num_steps: words of a caption, with `<eos>`.
        pick: takes logits `[N, V]` and a position, returns words `[N]`; None means the most
            probable ones.
    """
    from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID
    from textvae.decoding.sampling import IMPOSSIBLE

    state, ids = run["start"](z=z), np.full(len(z), BOS_ID)
    rows = []
    for t in range(num_steps):
        named = {f"state_{k}": part for k, part in enumerate(state)}
        logits, *state = run["step"](token_ids=ids, **named)
        logits[:, [PAD_ID, BOS_ID, UNK_ID] + [EOS_ID] * (t == 0)] = IMPOSSIBLE
        word = pick(logits, t) if pick else logits.argmax(axis=1)
        ids = np.where(ids == EOS_ID, EOS_ID, word)
        rows.append(ids)
    ids_of_captions: list[list[int]] = np.transpose(rows).tolist()
    return ids_of_captions


def drawing(seeds: Array, temperature: float) -> Pick:
    """Picks words with the model's random numbers for `seeds` `[N, T]`."""
    import tensorflow as tf

    from textvae.decoding.sampling import GROUP, IMPOSSIBLE, sample

    def pick(logits: Array, t: int) -> Array:
        padding = [(0, 0), (0, -logits.shape[1] % GROUP)]
        filled = np.pad(logits / np.float32(temperature), padding, constant_values=IMPOSSIBLE)
        words: Array = sample(tf.constant(filled), seeds[:, t]).numpy()
        return words

    return pick


def compare(
    network: "TextVAE", compiled: "CompiledModel", rows: Sequence[Sequence[int]], **draw: Any
) -> dict[str, float]:
    """How far ONNX Runtime agrees with one network on captions given as token ids.

    Args:
        network: the model or its prior.
        compiled: its compiled functions.
        rows: `<bos> words <eos>`; as many codes are drawn for captions to write.
        draw: `temperature` and `seed`.
    """
    from textvae.export.onnx_files import onnx_files

    run, z = sessions(onnx_files(network)), compiled.standard_codes(len(rows), draw["seed"])
    return {
        **compare_posteriors(compiled, run, rows),
        **compare_words(compiled.generator, run, z, **draw),
    }


def compare_posteriors(
    compiled: "CompiledModel", run: Mapping[str, Run], rows: Sequence[Sequence[int]]
) -> dict[str, float]:
    """The largest difference between posterior means; empty without an encoder.

    Args:
        compiled: the compiled functions of the network.
        run: its sessions.
        rows: `<bos> words <eos>`.
    """
    from textvae.data.batching import padded

    if "encoder" not in run:
        return {}
    ours, _ = compiled.posteriors(rows)
    theirs = [run["encoder"](token_ids=padded(part).astype(np.int64))[0] for part in _cut(rows)]
    return {"largest_difference_of_mu": float(np.abs(ours - np.concatenate(theirs)).max())}


def compare_words(
    generator: "Generator", run: Mapping[str, Run], z: Array, temperature: float, seed: int
) -> dict[str, float]:
    """The shares of codes `[N, D]` with the same captions on both sides."""
    from textvae.decoding.sampling import word_seeds

    steps = generator.num_steps
    seeds = word_seeds(len(z), steps, seed)
    greedy = [ids for part in _cut(z) for ids in written(run, part, steps)]
    drawn = [
        ids
        for part, its_seeds in zip(_cut(z), _cut(seeds), strict=True)
        for ids in written(run, part, steps, drawing(its_seeds, temperature))
    ]
    pairs = {
        "greedy_alike": (greedy, generator.decode(z, 0.0, 1.0, seed)),
        "drawn_alike": (drawn, generator.decode(z, temperature, 1.0, seed)),
    }
    return {
        name: share_alike([[str(ids) for ids in side] for side in both])
        for name, both in pairs.items()
    }


def _cut(rows: Any) -> list[Any]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def measure(vae: "Pipeline", count: int, **draw: Any) -> dict[str, dict[str, float]]:
    """The results of `compare` for the model, and for its prior if it has one."""
    captions = vae.generate(count, temperature=0.0, seed=draw["seed"])
    rows = [vae.tokenizer.encode(caption) for caption in captions]
    codecs = {"model": vae, "prior": vae.scene}
    found = {}
    for name, codec in codecs.items():
        if codec is not None:
            print_progress(name)
            found[name] = compare(codec.model, codec.compiled, rows, **draw)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table or one JSON object."""
    parser = agreement_parser("onnx_agreement", __doc__ or "")
    options = vars(parser.parse_args(arguments))
    as_json = options.pop("json")
    from textvae import loading

    vae = loading.load_quietly(options["weights"], device="cpu")
    draw = {name: options[name] for name in ("seed", "temperature")}
    facts, found = machine(PACKAGES), measure(vae, options["count"], **draw)
    if as_json:
        print(json.dumps({"machine": facts, "settings": options, **found}, indent=2))
        return
    print(f"{in_words(facts)}\n{options}\n")
    for name, metrics in found.items():
        print(f"{name}: " + ", ".join(f"{key} {value:.3g}" for key, value in metrics.items()))


if __name__ == "__main__":
    main()
