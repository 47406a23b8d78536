"""Captions with ONNX Runtime and NumPy alone, from a folder written by `textvae export FOLDER`.

python examples/onnx_captions.py FOLDER "a dog on a beach" "a man riding a wave"
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort

folder, first, last = Path(sys.argv[1]), *sys.argv[2:]
about = json.loads((folder / "model.json").read_text("utf-8"))
words = (folder / "vocabulary.txt").read_text("utf-8").split("\n")
BOS, EOS, UNK = (about["vocabulary"][name] for name in ("bos", "eos", "unk"))
assert about["text"]["mode"] != "plain", "a model of plain lines: see tokenizer.json instead"
run = {name: ort.InferenceSession(folder / f"{name}.onnx").run for name in about["endpoints"]}


def encode(caption):
    """The code of a caption, [1, D] float32."""
    text = caption.lower() if about["text"]["mode"] == "caption" else caption
    ids = [words.index(word) if word in words else UNK for word in text.split()]
    return run["encoder"](["mu"], {"token_ids": np.array([[BOS, *ids, EOS]])})[0]


def decode(z, temperature=0.0, seed=0, prior=""):
    """The captions of codes [N, D], with the most probable words at temperature 0."""
    rng = np.random.default_rng([seed, 1])  # not the stream that `generate` draws codes from
    state, ids = run[f"{prior}start"](None, {"z": z}), np.full((len(z), 1), BOS)
    for t in range(about["max_steps"]):
        inputs = {f"state_{k}": part for k, part in enumerate(state)}
        logits, *state = run[f"{prior}step"](None, {"token_ids": ids[:, -1], **inputs})
        logits[:, about["never_written"] + [EOS] * (t == 0)] = -np.inf
        if temperature:  # the Gumbel-max trick, of a scene with the likely words alone
            scene = prior and about["prior_latent_dim"]
            depth, divisor = (3.7 * temperature, 2) if scene else (np.inf, temperature)
            logits[logits < logits.max(axis=1, keepdims=True) - depth] = -np.inf
            logits = logits / divisor + rng.gumbel(size=logits.shape)
        word = logits.argmax(axis=1)
        ids = np.column_stack([ids, np.where((ids == EOS).any(axis=1), EOS, word)])
    return [" ".join(words[i] for i in row[1:] if i != EOS) for row in ids]


def generate(count, temperature=0.7, seed=0):
    """Captions of codes drawn from the standard normal, by the prior if the model has one."""
    prior = "prior_" if about["prior_latent_dim"] is not None else ""
    size = count, about[f"{prior}latent_dim"]
    z = np.random.default_rng(seed).standard_normal(size).astype(np.float32)
    return decode(z, temperature, seed, prior)


if __name__ == "__main__":
    path = np.linspace(encode(first)[0], encode(last)[0], 7, dtype=np.float32)
    print(*decode(path), *generate(5), sep="\n")
