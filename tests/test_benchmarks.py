"""The benchmarks' counts and arithmetic, on fake clocks: no speed is measured here."""

import dataclasses
import json
import math
import os
import time
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import op_callbacks
from tiny import SIZES, TOKEN_IDS, VOCAB_SIZE, shaken_model, write_lines

from benchmarks import (
    curves,
    decoding_speed,
    flops,
    machine,
    precision,
    speed,
    start_up,
    time_to_quality,
    training_speed,
)
from benchmarks.machine import ROOT
from benchmarks.ours import SomeBatches
from benchmarks.plain_keras import PlainKeras
from benchmarks.rows import invented_lengths, invented_rows, random_batches, real_lengths
from benchmarks.sizes import Size, recipe_settings
from benchmarks.workers import Worker
from textvae.config.settings import ModelConfig, TrainConfig
from textvae.runtime import devices
from textvae.saving.variables import named_variables

CONFIG = ModelConfig(**SIZES)
ASKED_FOR = {
    "train_tokens_per_second",
    "train_ratio_pytorch",
    "train_ratio_keras",
    "train_bfloat16_gain",
    "train_share_of_limit_float32",
    "train_share_of_limit_bfloat16",
    "decode_captions_per_second",
    "decode_ratio_pytorch",
    "decode_share_of_limit",
    "decode_5_milliseconds",
    "start_ratio",
}


def counted(run):
    """Multiplications and additions of every matrix product that TensorFlow carries out."""
    found = []

    def look(op_type, inputs, attrs, outputs, *_):
        if op_type == "MatMul":
            turned = attrs[attrs.index("transpose_a") + 1]
            inner = inputs[0].shape[0 if turned else 1]
            found.append(2 * inner * math.prod(outputs[0].shape))
        assert op_type not in ("BatchMatMulV2", "Einsum")

    op_callbacks.add_op_callback(look)
    try:
        run()
    finally:
        op_callbacks.remove_op_callback(look)
    return sum(found)


def test_flops_are_those_of_the_products_that_the_plain_network_carries_out():
    twin = PlainKeras(CONFIG, VOCAB_SIZE, TrainConfig(dropout=0.0, word_dropout=0.0))
    twin.named_variables()

    def costs(length):
        rows = np.random.default_rng(0).integers(4, VOCAB_SIZE, (3, length + 1))
        token_ids = tf.constant(rows, tf.int32)

        def step():
            with tf.GradientTape() as tape:
                loss = twin.compute_loss(y_pred=twin(token_ids, training=True))
            tape.gradient(loss, twin.trainable_variables)

        return np.array([counted(lambda: twin(token_ids)), counted(step)])

    short, long = costs(2), costs(6)
    by_formula = 3 * (
        flops.caption_flops(CONFIG, VOCAB_SIZE, 6) - flops.caption_flops(CONFIG, VOCAB_SIZE, 2)
    )
    assert (long - short).tolist() == [by_formula, 3 * by_formula]
    # Before it begins, Keras takes one step of each LSTM to learn the shapes.
    probe = 3 * (2 * 2 * 4 * 4 * (6 + 4) + 2 * 4 * 7 * (6 + 7))
    assert short[0] == 3 * flops.caption_flops(CONFIG, VOCAB_SIZE, 2) + probe
    lengths = [2, 6, 6]
    whole = sum(3 * flops.caption_flops(CONFIG, VOCAB_SIZE, n) for n in lengths)
    a_token = flops.training_flops_per_token(CONFIG, VOCAB_SIZE, lengths)
    assert a_token == pytest.approx(whole / 14)


def test_decoding_a_caption_costs_what_a_hand_count_says():
    config = ModelConfig(latent_dim=2, embed_dim=3, encoder_dim=5, hidden_dim=4)
    start = 2 * (2 * 8 + 2 * 3)  # z to h and c, z to an input
    step = 2 * (3 * 16 + 4 * 16 + 4 * 3 + 3 * 10)  # gates, features, logits of 10 words
    assert flops.decoder_flops(config, 10, 7) == start + 7 * step


def test_the_limit_is_the_fastest_product(monkeypatch):
    ticks = iter([0.0, 4.0, 10.0, 12.0, 20.0, 23.0])
    monkeypatch.setattr(flops, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    assert flops.matrix_gflops(lambda: None, 1000, 3) == 2 * 1000**3 / 2.0 / 1e9


def test_lengths_are_those_of_the_captions(tmp_path):
    file = write_lines(
        tmp_path / "captions.txt", ["A dog runs.", "two big, red buses", "x " * 30]
    )
    assert real_lengths([file]) == [3, 4]  # the last is too long to be learned
    invented = invented_lengths(20_000)
    assert np.mean(invented) == pytest.approx(10.388, abs=0.05)  # of the 159,780
    assert min(invented) >= 6
    assert max(invented) <= 20


def test_invented_words_are_known_ones_and_the_first_is_the_commonest():
    rows = invented_rows([3, 8, 1] * 200, VOCAB_SIZE)
    assert [len(row) - 2 for row in rows[:3]] == [3, 8, 1]
    words = [word for row in rows for word in row[1:-1]]
    assert all(row[0] == 1 and row[-1] == 2 for row in rows)
    assert min(words) == 4
    assert max(words) < VOCAB_SIZE
    assert np.bincount(words).argmax() == 4


def test_a_few_batches_stand_for_the_whole_epoch():
    rows = invented_rows(invented_lengths(6400), VOCAB_SIZE)
    some = SomeBatches(rows, 32, 0, 10)
    plan = some.plan(3)
    assert [len(batch) for batch in plan] == [32] * 10
    of_all = some.num_tokens / len(rows)
    assert sum(some.tokens_of(3)) / 320 == pytest.approx(of_all, rel=0.03)
    again = {tuple(batch) for batch in some.plan(4)} & {tuple(batch) for batch in plan}
    assert not again  # each epoch has others


def test_the_references_get_every_caption_once_and_their_real_tokens_are_counted():
    rows = [[1, 5, 2], [1, 5, 6, 7, 2], [1, 8, 9, 2], [1, 4, 2]]
    batches, tokens = random_batches(rows, 2, 2, seed=1)
    assert [batch.shape[0] for batch in batches] == [2, 2]
    got = sorted(row[row != 0].tolist() for batch in batches for row in batch)
    assert got == sorted(rows)
    assert tokens == 2 + 4 + 3 + 2
    orders = {str(random_batches(rows, 2, 2, seed)[0]) for seed in range(5)}
    assert len(orders) > 1  # each round has another


def test_ratios_are_taken_within_a_round():
    assert machine.median_ratio([2.0, 8.0, 9.0], [1.0, 4.0, 3.0]) == 2.0


class FakeWorker:
    """In place of a process: of known speed, slower in the first rounds."""

    SPEEDS = {"ours": 600.0, "keras": 100.0, "pytorch": 300.0}

    def __init__(self, made_by, *arguments):
        self.name, self.asked = made_by.rpartition(":")[2], 0
        # bfloat16 helps textvae and Keras, not PyTorch.
        self.gain = 1.5 if "bfloat16" in arguments and self.name != "pytorch" else 1.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def peak_memory_mb(self):
        return 10.0 * len(self.name)

    def call(self, method, *arguments):
        self.asked += 1
        is_cold = self.asked <= (3 if method == "round" else 1)
        speed = self.gain * self.SPEEDS[self.name] / (100.0 if is_cold else 1.0)
        if method == "round":
            return 50.0 / speed, 50
        z, temperature, batch_size = arguments
        if self.name != "ours" and batch_size > 1:
            speed *= 4.0
        rows = [[5, 6, 2]] * len(z)
        if self.name == "keras":
            rows = [[5, 6, 2]] * (len(z) // 2) + [[5, 2]] * (len(z) - len(z) // 2)
        return len(z) / speed, rows


@pytest.fixture
def fake_run(monkeypatch):
    """The command with everything slow replaced, on a processor with units for bfloat16."""
    monkeypatch.setattr(training_speed, "bfloat16_unit", lambda: "AMX")
    for module in (training_speed, decoding_speed):
        monkeypatch.setattr(module, "Worker", FakeWorker)
    monkeypatch.setattr(decoding_speed, "prior_codes", lambda count: np.zeros((count, 1)))
    parts = {"import": 1.0, "build": 0.5, "load": 0.1, "first_decode": 0.4, "total": 2.0}
    started = {
        "ratio": 1.2,
        "bare_imports": 5.0,
        "page": 3.0,
        "first_caption": 6.0,
        "parts": dict.fromkeys(("textvae", "keras", "pytorch"), parts),
        "commands": {
            "import_textvae": {"seconds": 0.0625, "cpu_seconds": 0.03},
            "generate": {"seconds": 3.25, "cpu_seconds": 3.0},
        },
    }
    monkeypatch.setattr(start_up, "measure", lambda rounds: started)
    one = {"tensorflow": 2.0, "pytorch": 1.0, "limit": 2.0}
    limits = {"float32": one, "bfloat16": {**one, "limit": 8.0}}
    monkeypatch.setattr(
        flops, "limit_gflops", lambda precisions: {name: limits[name] for name in precisions}
    )


def test_the_command_gives_every_figure_asked_for(fake_run, capsys):
    speed.main(["--quick", "--json"])
    result = json.loads(capsys.readouterr().out)
    assert set(result) >= ASKED_FOR
    # The rounds that warm up are left out.
    assert result["train_tokens_per_second"] == pytest.approx(900.0)
    assert result["train_bfloat16_gain"] == pytest.approx(1.5)
    trained = result["details"]["training"]
    assert {key: of["batch_size"] for key, of in trained.items()} == {
        "standard": 256,
        "shipped": recipe_settings().batch_size,
    }
    assert result["train_ratio_pytorch"] == pytest.approx(3.0)
    assert result["train_ratio_keras"] == pytest.approx(6.0)
    assert result["decode_captions_per_second"] == pytest.approx(600.0)
    assert result["decode_ratio_pytorch"] == pytest.approx(2.0)
    assert result["decode_ratio_pytorch_batched"] == pytest.approx(0.5)
    assert result["decode_5_milliseconds"] == pytest.approx(1000 * 5 / 600)
    assert result["start_ratio"] == 1.2
    assert result["start_generate_seconds"] == 3.25
    assert result["details"]["decoding"]["captions_that_agree"] == {
        "keras": 0.5,
        "pytorch": 1.0,
    }
    cost = result["details"]["training"]["standard"]["flops_per_token"]
    assert result["train_share_of_limit_float32"] == pytest.approx(600.0 * cost / 2e9)
    assert result["train_share_of_limit_bfloat16"] == pytest.approx(900.0 * cost / 8e9)
    size = decoding_speed.shipped_size()
    of_one = flops.decoder_flops(size.config, size.vocab_size, 3)
    assert result["decode_share_of_limit"] == pytest.approx(600.0 * of_one / 2e9)
    assert result["machine"]["cores"] >= 1
    assert result["machine"]["versions"]["tensorflow"] == tf.__version__


def test_the_tables_say_the_machine_and_the_figures(fake_run, capsys):
    speed.main(["--quick"])
    out = capsys.readouterr().out
    assert f"tensorflow {tf.__version__}" in out
    assert "| shipped, batches of 128: textvae | 600 |" in out
    assert "| shipped, batches of 128: textvae_bfloat16 | 900 |" in out
    assert "GFLOP/s: float32 2, 2, 2; bfloat16 8, 8, 8" in out
    assert "ratio 1.20" in out
    assert "| `python -c 'import textvae'` | 0.06 | 0.03 |" in out
    assert "peak memory" in out
    for block in out.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in rows}) <= 1


def test_without_units_for_bfloat16_float32_alone_is_measured(fake_run, monkeypatch, capsys):
    monkeypatch.setattr(training_speed, "bfloat16_unit", lambda: "")
    speed.main(["--quick", "--json"])
    result = json.loads(capsys.readouterr().out)
    assert set(result) >= ASKED_FOR
    assert result["train_tokens_per_second"] == pytest.approx(600.0)
    assert result["train_share_of_limit_bfloat16"] is None
    assert result["train_bfloat16_gain"] is None
    assert result["limit_bfloat16_gflops"] is None
    assert set(result["details"]["training"]["shipped"]["tokens_per_second"]) == {
        "textvae",
        "keras",
        "pytorch",
    }
    speed.main(["--quick"])
    out = capsys.readouterr().out
    assert "GFLOP/s: float32 2, 2, 2\n" in out
    assert "textvae_bfloat16" not in out


def test_a_missing_file_is_refused_in_one_line(tmp_path):
    with pytest.raises(SystemExit, match=r"benchmarks\.speed: .*nowhere"):
        speed.main(["--captions", str(tmp_path / "nowhere.json")])


def test_a_worker_answers_from_another_process_and_passes_failures_on():
    with Worker("collections:Counter", "abracadabra") as worker:
        assert worker.call("most_common", 1) == [("a", 5)]
        with pytest.raises(RuntimeError, match="TypeError"):
            worker.call("most_common", "many")
        assert worker.call("total") == 11  # it lives on
        assert 5.0 < worker.peak_memory_mb() < machine.peak_memory_mb() / 2  # not the parent's


def test_the_start_tells_building_a_network_from_reading_its_weights(monkeypatch):
    monkeypatch.setattr(start_up, "SHIPPED", ROOT / "weights" / "article")
    parts = start_up.Parts(time.time())
    start_up.start_of_textvae(parts)
    assert min(parts.seconds["build"], parts.seconds["load"]) > 0.0


def test_the_time_to_a_target_lies_on_the_line_between_two_looks():
    curve = [(30.0, -80.0), (60.0, -50.0), (90.0, -45.0), (120.0, -40.0)]
    assert time_to_quality.seconds_to(curve, -60.0) == pytest.approx(50.0)
    assert time_to_quality.seconds_to(curve, -80.0) == 30.0
    assert time_to_quality.seconds_to(curve, -39.9) is None


def test_all_train_in_turns_until_each_has_had_its_time(capsys):
    order = []

    def racer(name, seconds, gain):
        def turn(asked):
            order.append(name)
            assert asked == 20.0
            return seconds, -100.0 + gain * order.count(name)

        return turn

    train = {"textvae": racer("a", 20.0, 12), "pytorch": racer("b", 30.0, 8)}
    train["keras"] = racer("c", 60.0, 5)
    found = time_to_quality.race(train, minutes=2.0, turn=20.0)
    assert "".join(order) == "abcabcababaa"
    assert [at for at, _ in found["pytorch"]] == [30.0, 60.0, 90.0, 120.0]
    outcome = time_to_quality.compared(found, None)
    assert outcome["target_elbo"] == -68.0
    assert outcome["seconds_to_target"]["textvae"] == pytest.approx(20.0 * 32 / 12)
    assert outcome["share_of_time"]["pytorch"] == pytest.approx(20.0 * 32 / 12 / 120.0)
    assert outcome["share_of_time"]["keras"] is None
    drawing = ET.fromstring(time_to_quality.picture(found, -68.0))
    words = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"textvae", "PyTorch", "minutes of training"} <= set(words)
    assert "Keras" not in words  # it never came near


def test_a_curve_is_drawn_where_its_values_are():
    points = [(0.0, 0.0), (5.0, 10.0), (10.0, 20.0)]
    picture = curves.svg({"a": points}, title="t", across="x", up="y", lowest=0.0)
    line = ET.fromstring(picture).find("{http://www.w3.org/2000/svg}polyline")
    (x0, y0), (x1, y1), (x2, y2) = (
        map(float, p.split(",")) for p in line.get("points").split()
    )
    assert (x1 - x0, y0 - y1) == pytest.approx((x2 - x1, y1 - y2))  # a straight line stays one
    assert (x0, y0) == (curves.LEFT, curves.HEIGHT - curves.BOTTOM)
    assert (x2, y2) == (curves.WIDTH - curves.RIGHT, curves.TOP)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0, 20, [0, 5, 10, 15, 20]),
        (-55.2, -40.1, [-55, -50, -45]),
        (0, 0.5, [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
    ],
)
def test_ticks_are_round(low, high, found):
    assert curves.ticks(low, high) == found


def test_the_race_trains_the_bound_itself_at_a_steady_rate():
    settings = time_to_quality.at_full_beta(recipe_settings(), batch_size=64)
    assert (settings.beta, settings.beta_schedule) == (1.0, "constant")
    assert settings.final_learning_rate == 1.0  # the cosine ends where it begins
    assert settings.batch_size == 64
    assert settings.dropout == recipe_settings().dropout


class Here:
    """As a `Worker`, but the object is in this process."""

    def __init__(self, made_by, *arguments):
        assert made_by == "benchmarks.precision:Learner"
        self.made = precision.Learner(*arguments)
        model = self.made.training.model  # a trace takes longer than its two steps
        model.run_eagerly, model.steps_per_execution = True, 1

    def call(self, method):
        return getattr(self.made, method)()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_both_precisions_learn_from_the_same_words(monkeypatch):
    monkeypatch.setattr(precision, "Worker", Here)
    monkeypatch.setattr(devices, "prepare_training", lambda shards: None)
    settings = dataclasses.replace(recipe_settings(), shards=1)  # fewer to be compiled
    monkeypatch.setattr(precision, "recipe_settings", lambda: settings)
    rows = invented_rows(invented_lengths(300), VOCAB_SIZE)
    [row] = precision.measure((CONFIG, VOCAB_SIZE, rows, rows[:40]), steps=2, seeds=[0])
    exact, rough = row["float32"], row["bfloat16"]
    tokens, of_another_seed = (
        sum(SomeBatches(rows, settings.batch_size, seed, 2).tokens_of(0)) for seed in (0, 1)
    )
    assert exact["tokens"] == rough["tokens"] == tokens != of_another_seed
    assert exact["elbo"] == pytest.approx(rough["elbo"], rel=0.01)
    assert exact["elbo"] != rough["elbo"]


class Asked(Here):
    """As a `Worker` that learns nothing: its ELBO depends on what it was asked for."""

    def __init__(self, made_by, *arguments):
        *_, self.settings, _ = arguments

    def call(self, method):
        gain = 0.25 + 0.5 * self.settings.seed if self.settings.precision == "bfloat16" else 0.0
        return {"elbo": gain - 40.0, "tokens_per_second": 100.0}


def test_each_seed_is_trained_in_both_precisions(monkeypatch):
    monkeypatch.setattr(precision, "Worker", Asked)
    found = precision.measure((CONFIG, VOCAB_SIZE, [], []), steps=2, seeds=[0, 1])
    assert [row["seed"] for row in found] == [0, 1]
    said = precision.summary(found)
    assert (said["elbo_difference"], said["largest_difference"]) == (0.5, 0.75)


def test_the_pytorch_reference_is_the_same_network():
    import torch

    from benchmarks.plain_torch import PlainTorch

    model = shaken_model()
    arrays = {name: each.numpy() for name, each in named_variables(model).items()}
    size = Size("tiny", CONFIG, VOCAB_SIZE, 8)
    plain = PlainTorch(size.config, size.vocab_size, TrainConfig(dropout=0.0)).eval()
    plain.take(arrays)
    keras = PlainKeras(size.config, size.vocab_size, TrainConfig(dropout=0.0))
    keras.take(arrays)
    ids = torch.from_numpy(TOKEN_IDS).long()
    mu, log_var = plain.posterior(ids[:, 1:])
    posterior = model.posterior(tf.constant(TOKEN_IDS))
    np.testing.assert_allclose(mu.detach(), posterior.mu, atol=1e-5)
    np.testing.assert_allclose(log_var.detach(), posterior.log_var, atol=1e-5)
    nll = plain.nll(ids[:, :-1], ids[:, 1:], mu)
    ours = float(tf.reduce_sum(model.nll(tf.constant(TOKEN_IDS), posterior.mu)))
    assert nll.item() == pytest.approx(ours, rel=1e-5)
    z = np.random.default_rng(0).normal(size=(20, CONFIG.latent_dim)).astype(np.float32)
    assert plain.decode(torch.from_numpy(z), 10) == keras.decode(tf.constant(z), 10)


def test_no_start_is_measured_before_its_files_are_in_the_cache(monkeypatch):
    asked = []

    def started(module, name, start):
        asked.append(name)
        return {"total": len(asked)}

    monkeypatch.setattr(start_up, "in_subprocess", started)
    monkeypatch.setattr(start_up, "bare_imports", lambda: 1.0)
    monkeypatch.setattr(start_up, "app_start", lambda: {"page": 1.0, "caption": 2.0})
    monkeypatch.setattr(start_up, "command", lambda _: {"seconds": 1.0, "cpu_seconds": 1.0})
    found = start_up.measure(rounds=1)
    assert [found["parts"][name]["total"] for name in start_up.SYSTEMS] == [4, 5, 6]


def test_the_machine_is_named_where_the_system_does_not_say_its_free_cores(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert machine.machine()["cores"] == os.cpu_count()
