import argparse
import contextlib
import dataclasses
import errno
import io
import json
import logging
import os
import re
import resource
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from forked import ROOT, for_shells
from tiny import (
    copy_of_weights,
    learned_vae,
    make_model,
    saved_weights,
    some_captions,
    write_coco,
    write_lines,
)
from verbs import assert_refused, lines, run, run_warm, start, tiny, warm

import textvae
from textvae import loading
from textvae.cli.logs import logging_to_standard_error
from textvae.cli.main import build_parser, main
from textvae.cli.status import report
from textvae.cli.verbs import generate
from textvae.cli.verbs.train import _recipe as recipe_of
from textvae.config.recipe import find_recipe
from textvae.config.settings import ModelConfig
from textvae.data.pieces import PieceTokenizer
from textvae.data.text_modes import TextSettings
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.errors import BadInput
from textvae.saving import weights_folder
from textvae.saving.bundle import ModelBundle

# What each verb is promised to take.
OPTIONS = {
    "app": "--weights --host --port",
    "inspect": "--text --column --json",
    "train": "--captions --instances --category --validation --embeddings --output --set"
    " --resume --init-from --json",
    "evaluate": "--weights --captions --limit --iw-samples --json",
    "blind": "--captions --weights --samples --count --temperature --seed --score --json",
    "generate": "--weights --num-captions --temperature --top-p --seed --prior --json"
    " --output --resume --shard",
    "reconstruct": "--weights --file --json --output --resume --shard",
    "interpolate": "--weights --num-steps --path --json",
    "neighbours": "--weights --file -k --json",
    "encode": "--weights --file --output --resume --shard",
    "decode": "--weights --file --json",
    "map": "--weights --num-points --seed",
    "export": "--weights --format",
    "push": "--weights --private --space --json",
}


# Help ---------------------------------------------------------------------------------------


def subparsers():
    (group,) = (
        action for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )  # fmt: skip
    return group.choices


def test_there_is_a_verb_for_each_of_the_product():
    assert set(subparsers()) == set(OPTIONS)


@pytest.mark.parametrize("verb", OPTIONS)
def test_help_names_and_explains_every_option(verb):
    said = run(verb, "--help")
    assert said.status == 0
    assert said.err == ""
    for option in [*OPTIONS[verb].split(), "--quiet", "--verbose"]:
        assert re.search(rf"{option}\b", said.out), option
    for action in subparsers()[verb]._actions:
        assert action.help, action.dest
        for name in action.option_strings:
            assert name in said.out


@pytest.mark.parametrize("verb", OPTIONS)
def test_help_ends_with_an_example_that_parses(verb):
    example = run(verb, "--help").out.rstrip().split("example:\n  ")[1]
    words = shlex.split(example)
    assert words[:2] == ["textvae", verb]
    assert build_parser().parse_args(words[1:]).run


@pytest.mark.parametrize("arguments", [["--help"], [], ["-q"]])
def test_help_and_a_bare_command_show_the_verbs_and_examples_that_parse(arguments):
    said = run(*arguments)
    assert (said.status, said.err) == (0, "")
    assert all(re.search(rf"^    {verb}\b", said.out, re.MULTILINE) for verb in OPTIONS)
    examples = re.findall(r"^  textvae (.*)$", said.out, re.MULTILINE)
    assert len(examples) >= 4
    for example in examples:
        assert build_parser().parse_args(shlex.split(example)).run


def test_help_calls_the_command_as_it_was_called():
    assert (
        build_parser("python -m textvae").format_help().startswith("usage: python -m textvae ")
    )
    process = start("generate", "--help")
    assert process.communicate()[0].startswith("usage: python -m textvae generate ")


def test_the_version_is_the_package_s():
    assert run("--version").out.strip() == textvae.__version__


# What the verbs print -----------------------------------------------------------------------


def test_generate_prints_one_caption_a_line():
    vae = learned_vae()
    assert lines(tiny("generate")) == vae.generate()
    assert len(vae.generate()) == 5
    assert lines(
        tiny("generate", "--num-captions", 12, "--temperature", 1.5, "--top-p", 0.8,
             "--seed", 9, "--prior", "standard")
    ) == vae.generate(12, temperature=1.5, top_p=0.8, seed=9, prior="standard")  # fmt: skip


def test_json_is_a_list_of_the_same_captions():
    assert json.loads(tiny("generate", "--seed", 3, "--json").out) == lines(
        tiny("generate", "--seed", 3)
    )
    assert json.loads(tiny("reconstruct", "--json", "a dog runs").out) == lines(
        tiny("reconstruct", "a dog runs")
    )
    ends = ("a dog runs", "a cat sleeps")
    assert json.loads(tiny("interpolate", "--json", *ends).out) == lines(
        tiny("interpolate", *ends)
    )


def test_reconstruct_prints_a_line_for_each_in_order(tmp_path):
    captions = some_captions(30)
    expected = learned_vae().reconstruct(captions)
    assert len(set(expected)) > 20
    assert lines(tiny("reconstruct", *captions)) == expected
    file = write_lines(tmp_path / "c.txt", captions)
    assert lines(tiny("reconstruct", "--file", file)) == expected
    typed = file.read_bytes()
    said = tiny("reconstruct", "--file", "-", stdin=typed)
    assert lines(said) == expected
    windows = b"\xef\xbb\xbf" + typed.replace(b"\n", b"\r\n")
    said = tiny("reconstruct", "--file", "-", stdin=windows)
    assert lines(said) == expected


def test_a_line_with_a_rare_separator_is_one_caption(tmp_path):
    file = tmp_path / "c.txt"
    file.write_text("a dog\u2028runs\na small\x0ccat sleeps", encoding="utf-8")
    expected = learned_vae().reconstruct(["a dog runs", "a small cat sleeps"])
    assert lines(tiny("reconstruct", "--file", file)) == expected


def test_unknown_words_and_shortening_are_remarks_on_standard_error():
    said = tiny(
        "reconstruct",
        "a purple zebrra runs",
        "a dog runs",
        "a dog " * 9,
        "a man's dog & 2",
    )
    assert len(lines(said)) == 4
    assert said.err.splitlines() == [
        "caption 1: unknown words: purple, zebrra (did you mean zebra?)",
        "caption 3: shortened to the first 10 words",
        "caption 4: read as: a mans dog",
        "caption 4: left out: &, 2",
        "caption 4: unknown words: mans (did you mean man?)",
    ]


def test_interpolate_prints_the_way_from_end_to_end():
    ends = ("a small dog runs on the beach", "a very big zebra sleeps")
    vae = learned_vae()
    assert lines(tiny("interpolate", *ends)) == vae.interpolate(*ends)
    assert lines(
        tiny("interpolate", *ends, "--num-steps", 4, "--path", "spherical")
    ) == vae.interpolate(*ends, 4, path="spherical")


def test_encode_and_decode_in_turn_are_reconstruct(tmp_path):
    captions = some_captions(20)
    file = write_lines(tmp_path / "c.txt", captions)
    said = tiny("encode", "--file", file, "--output", tmp_path / "z.npy")
    assert (said.status, said.out) == (0, "")
    z = np.load(tmp_path / "z.npy")
    assert (z.dtype, z.shape) == (np.float32, (20, learned_vae().latent_dim))
    np.testing.assert_array_equal(z, learned_vae().encode(captions))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.txt", "z.npy"]
    decoded = lines(tiny("decode", "--file", tmp_path / "z.npy"))
    assert decoded == lines(tiny("reconstruct", "--file", file))
    assert json.loads(tiny("decode", "--json", "--file", tmp_path / "z.npy").out) == decoded


def evaluate(*arguments, **options):
    """Without samples and pairs, which other tests are about."""
    return tiny("evaluate", "--num-samples", 0, "--num-pairs", 0, *arguments, **options)


def test_evaluate_prints_metrics_of_the_captions_asked_for(tmp_path):
    from textvae.evaluation.evaluate import evaluate as measure

    texts = some_captions(120)
    file = write_coco(tmp_path / "captions.json", texts)
    said = evaluate("--captions", file, "--limit", 40, "--iw-samples", 3, "--json")
    assert said.status == 0, said.err
    metrics = json.loads(said.out)
    expected = measure(learned_vae(), texts[:40], iw_samples=3)
    assert metrics["num_captions"] == 40
    for name in ("nll", "kl", "elbo", "nll_iw", "ppl", "active_units", "unknown_rate",
                 "reconstruction_bleu4", "reconstruction_exact"):  # fmt: skip
        assert metrics[name] == pytest.approx(expected[name]), name
    assert "120 captions read, 120 kept, 0 dropped" in said.err
    plain = dict(
        line.split("\t") for line in lines(evaluate("--captions", file, "--limit", 40))
    )
    assert float(plain["nll"]) == pytest.approx(expected["nll"], abs=1e-4)
    assert "nll_iw" not in plain


def test_evaluate_keeps_a_category(tmp_path):
    file = write_lines(tmp_path / "c.txt", some_captions(120))
    said = evaluate("--captions", file, "--category", "zebra", "--json")
    count = sum("zebra" in text for text in some_captions(120))
    assert json.loads(said.out)["num_captions"] == count


def test_evaluate_says_that_a_model_was_trained_on_many_of_the_captions(tmp_path, monkeypatch):
    texts = some_captions(40)
    file = write_lines(tmp_path / "c.txt", texts)
    warning = "tiny was trained on 9 of these 40 captions, so the metrics say little about new"
    for count in (8, 9):  # a fifth, and more
        known = TrainingSetFilter.of([*texts[:count], "a caption of another file"])
        monkeypatch.setattr(learned_vae().bundle, "training_set_filter", known)
        assert (warning in evaluate("--captions", file, "-q").err) == (count == 9)


def test_evaluate_says_why_no_captions_are_left(tmp_path):
    file = write_lines(tmp_path / "long.txt", ["a dog" + " runs" * 60] * 3)
    reason = "3 captions read, 0 kept, 3 dropped .* longer than .* words.*; give others"
    assert_refused(evaluate("--captions", file, "-q"), f"too few captions to measure: {reason}")


# Bad input ----------------------------------------------------------------------------------


def test_a_column_is_caption_unless_another_is_named(tmp_path):
    for name in ("caption", "text"):
        rows = [f"id\t{name}", *(f"{i}\t{text}" for i, text in enumerate(some_captions(9)))]
        file = write_lines(tmp_path / f"{name}.tsv", rows)
        more = [] if name == "caption" else ["--column", name]
        said = evaluate("--captions", file, *more, "--json")
        assert json.loads(said.out)["num_captions"] == 9


def write(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("arguments", "pattern"), [
    (["paint"], "invalid choice: 'paint'"),
    (["generate", "--size", "3"], "unrecognized arguments: --size 3"),
    (["generate", "--num-captions", "many"], "--num-captions: invalid int value: 'many'"),
    (["generate", "--weights", "none"], "no weights 'none': name one of"),
    (["generate", "--weights", "none\nat all"], "no weights"),
    (["interpolate", "a dog"], "required: LAST"),
    (["encode", "--file", "x"], "required: --output"),
    (["train"], r"the following arguments are required: RECIPE \(see"),
    (["train", "--captions", "x.txt", "lines"], r"arguments are required: RECIPE \(see"),
    (["evaluate", "--captions", "x.txt", "--label-column", "y"], "arguments: --label-column y"),
    (["blind", "x", "--label-column", "y"], "unrecognized arguments: --label-column y"),
    (["train", "none"], "no recipe 'none': choose one of article"),
    (["train", "lines"], "no training captions: name at least one file with --captions"),
    (["train", "lines", "--latent-dim", "-1"], "model.latent_dim must be at least 0, got -1"),
    (["train", "article", "--latent-dim", "0"], "decoder to lstm, or latent_dim above 0"),
    (["train", "lines", "--set", "train.betta=1"], "unknown key train.betta"),
    (["train", "lines", "--captions", "/none.json"], "/none.json does not exist"),
])  # fmt: skip
def test_a_wrong_command_line_gets_one_line_and_status_2(arguments, pattern):
    assert_refused(run(*arguments), pattern)


def test_a_file_in_the_place_of_an_option_is_told_where_it_belongs(tmp_path):
    file = write(tmp_path / "mine.txt", b"a dog\n")
    for words in (("lines", file), (file,)):
        assert_refused(run("train", *words), "textvae train lines --captions .*mine.txt$")
    assert "mine.txt is read as a caption; --file reads" in tiny("reconstruct", file).err


def test_lines_of_a_file_of_another_format_are_said_to_be_captions(tmp_path):
    table = write(tmp_path / "mine.csv", b"a dog runs\na cat sits\n")
    said = tiny("reconstruct", "--file", table)
    assert len(lines(said)) == 2
    warning = "mine.csv: each line is read as a caption, also of a table"
    assert warning in said.err
    said = tiny("neighbours", "a dog runs", "--file", table)
    assert len(lines(said)) == 2
    assert warning in said.err


@pytest.mark.parametrize(("arguments", "pattern"), [
    (["generate", "--num-captions", "0"], "--num-captions must be .* to 10,000,000,000, got 0"),
    (["generate", "--seed", "-1"], "seed must be .* got -1"),
    (["generate", "--temperature", "-1"], "temperature must be .* got -1"),
    (["generate", "--temperature", "nan"], "temperature must be .* got nan"),
    (["generate", "--top-p", "0"], "top_p must be .* got 0"),
    (["reconstruct"], "no captions: type some, or name a file with --file"),
    (["reconstruct", ""], "no words are left of ''"),
    (["reconstruct", "--strict", "a dog", "12"], "caption 2: no words are left of '12'"),
    (["reconstruct", "qqq"], "the model knows none of the words in 'qqq'"),
    (["reconstruct", "--file", "/none.txt"], "/none.txt does not exist; check the path"),
    (["reconstruct", "--file", "/"], "/ is a folder; give a file in it"),
    (["interpolate", "a dog", "..."], r"caption 2: no words are left of '\.\.\.'"),
    (["interpolate", "a dog", "a cat", "--num-steps", "1"], "steps must be .* got 1"),
    (["interpolate", "a dog", "a cat", "--path", "x"], "invalid choice: 'x'"),
    (["decode", "--file", "/none.npy"], "cannot read /none.npy: No such file"),
    (["encode", "--file", "/none.txt", "--output", "z.npy"], "/none.txt does not exist"),
    (["evaluate", "--captions", "/none.txt"], "/none.txt does not exist"),
    (["evaluate", "--captions", "/none.txt", "--limit", "1"], "--limit must be at least 2"),
])  # fmt: skip
def test_a_wrong_value_gets_one_line_and_status_2(arguments, pattern):
    assert_refused(tiny(*arguments), pattern)


def test_captions_and_a_file_together_are_one_too_many(tmp_path):
    file = write_lines(tmp_path / "c.txt", ["a dog"])
    assert_refused(tiny("reconstruct", "--file", file, "a cat"), "give captions or --file")


@pytest.mark.parametrize(("name", "data", "pattern"), [
    ("x.txt", b"", "x.txt is empty"),
    ("x.txt", b" \n\n", "x.txt is empty"),
    ("x.txt", b"a dog\n\xff\xfe\n", "x.txt is not UTF-8, and its encoding cannot be detected"),
    ("x.txt", b"12\n!!\n", "no captions left after filtering .*x.txt: 2 without words"),
    ("x.json", b"{", "x.json is not valid JSON"),
    ("x.json", b'{"a": 1}', "x.json has no column that looks like captions"),
    ("x.json", b'{"annotations": [{"image_id": 1}]}', "annotation 1 is not a COCO caption"),
    ("x.json", b'{"annotations": [{"category_id": 1}]}', "holds COCO instances, not captions"),
    ("x.tsv", b"id\ttitle\n1\tdog\n", "x.tsv has no column that looks like captions"),
    ("x.txt.gz", b"a dog\n", "x.txt.gz is damaged or not compressed"),
    ("x.pdf", b"a dog\n", "x.pdf: cannot read captions from a file of this kind"),
])  # fmt: skip
def test_a_bad_captions_file_gets_one_line_and_status_2(tmp_path, name, data, pattern):
    file = write(tmp_path / name, data)
    assert_refused(tiny("evaluate", "--captions", file), pattern)
    assert_refused(
        run(
            "train",
            "lines",
            "--text",
            "caption",
            "--captions",
            file,
            "--output",
            tmp_path / "out",
        ),
        pattern,
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("data", "pattern"), [
    (b"", "is empty"),
    (b"a dog\n\xff\n", "line 2: byte 0xff at offset 6 is not UTF-8"),
])  # fmt: skip
def test_bad_files_get_one_line_and_status_2(tmp_path, data, pattern):
    file = write(tmp_path / "c.txt", data)
    assert_refused(tiny("reconstruct", "--strict", "--file", file), pattern)
    typed = tiny("reconstruct", "--strict", "--file", "-", stdin=data)
    assert_refused(typed, pattern)
    assert_refused(tiny("encode", "--file", file, "--output", tmp_path / "z.npy"), pattern)
    assert not (tmp_path / "z.npy").exists()


def test_a_line_that_is_no_text_gives_an_empty_line_and_a_warning(tmp_path):
    data = b"a dog runs\ncaf\xe9\n" + b"x" * 2_000_000 + b"\na cat sits\n"
    file = write(tmp_path / "c.txt", data)
    dog, cat = learned_vae().reconstruct(["a dog runs", "a cat sits"])
    for said in (
        tiny("reconstruct", "--file", file),
        tiny("reconstruct", "--file", "-", stdin=data),
    ):
        assert lines(said) == [dog, "", "", cat]
        assert "byte 0xe9 is not UTF-8; save the file as UTF-8" in said.err
        assert "caption 2 gives an empty line: byte 0xe9" in said.err
        assert "caption 3 gives an empty line: it is longer than 1,000,000" in said.err
    utf_16 = write(tmp_path / "u.txt", "a dog runs\n".encode("utf-16"))
    assert_refused(tiny("reconstruct", "--file", utf_16), "line 1: byte 0xff at offset 0")
    empty = write(tmp_path / "e.txt", b"")
    assert_refused(tiny("reconstruct", "--file", empty), "is empty")


def test_a_line_that_cannot_be_read_gives_an_empty_line_and_a_warning(tmp_path):
    file = write(tmp_path / "c.txt", b"a dog runs\n- 2024 -\n\nqqq www\na cat sits\n")
    dog, cat = learned_vae().reconstruct(["a dog runs", "a cat sits"])
    wanted = [dog, "", "", "", cat]
    for said in (
        tiny("reconstruct", "--file", file),
        tiny("reconstruct", "--file", "-", stdin=file.read_bytes()),
        tiny("reconstruct", "a dog runs", "- 2024 -", "", "qqq www", "a cat sits"),
    ):
        assert lines(said) == wanted
        second, third, fourth = said.err.splitlines()
        assert second.startswith(
            "caption 2 gives an empty line: no words are left of '- 2024 -'"
        )
        assert third.startswith("caption 3 gives an empty line: no words are left of ''; ")
        assert fourth.startswith("caption 4 gives an empty line: the model knows none of the")
    assert json.loads(tiny("reconstruct", "--json", "--file", file).out) == wanted
    nothing = write(tmp_path / "none.txt", b"- 1 -\n- 2 -\n")
    assert lines(tiny("reconstruct", "--file", nothing)) == ["", ""]
    blank = write(tmp_path / "blank.txt", b"\n \n\n")
    assert lines(tiny("reconstruct", "--file", blank)) == ["", "", ""]


def test_a_line_that_cannot_be_read_is_refused_where_it_is_asked_for_or_would_shift_rows(
    tmp_path,
):
    file = write(tmp_path / "c.txt", b"a dog runs\n- 2024 -\n")
    pattern = "caption 2: no words are left of '- 2024 -'"
    assert_refused(tiny("reconstruct", "--strict", "--file", file), pattern)
    assert_refused(tiny("reconstruct", "--", "- 2024 -"), "no words are left of '- 2024 -'")
    assert_refused(tiny("encode", "--file", file, "--output", tmp_path / "z.npy"), pattern)
    assert not (tmp_path / "z.npy").exists()


def huge_array():
    """The header of an array that no memory holds."""
    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (10**12, 64)}
    np.lib.format.write_array_header_1_0(header, shape)
    return header.getvalue()


def with_header(text):
    """The beginning of a `.npy` file with this header."""
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def archive_of_arrays():
    archive = io.BytesIO()
    np.savez(archive, z=np.zeros((1, 8)))
    return archive.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"a dog\n", b"PK\x03\x04junk", b"\x93NUMPY\x01\x00"),
        *(huge_array(), archive_of_arrays()),
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2"),
        with_header(f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({10**30}, 8)}}"),
    ],
    ids=range(8),
)
def test_a_file_that_holds_no_codes_is_refused(tmp_path, data):
    file = write(tmp_path / "z.npy", data)
    assert_refused(tiny("decode", "--file", file), "z.npy is not an array written by encode")


def test_codes_of_another_model_are_refused(tmp_path):
    np.save(tmp_path / "z.npy", np.zeros((2, 3)))
    said = tiny("decode", "--file", tmp_path / "z.npy")
    assert_refused(said, r"codes must have the shape \[N, 8\], .* got \[2, 3\]")
    np.save(tmp_path / "o.npy", np.array([{}], object), allow_pickle=True)
    assert_refused(tiny("decode", "--file", tmp_path / "o.npy"), "is not an array written by")


def test_damaged_weights_get_one_line_and_status_2(tmp_path):
    folder = copy_of_weights(tmp_path)
    model, words = folder / "model.safetensors", folder / "vocabulary.txt"
    words.write_text(words.read_text() + "giraffe\n")
    said = run("generate", "--weights", folder)
    assert_refused(said, "has 25 words, but the weights next to it were trained with 24")
    words.write_text(words.read_text().removesuffix("giraffe\n"))
    model.write_bytes(model.read_bytes()[:5000])
    assert_refused(run("generate", "--weights", folder), "truncated or damaged")


def test_a_full_disk_gets_one_line_and_status_1_and_leaves_nothing(tmp_path):
    file = write_lines(tmp_path / "c.txt", some_captions(60))
    saved_weights()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        said = tiny("encode", "--file", file, "--output", tmp_path / "z.npy")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_refused(said, "File too large|No space left", status=1)
    assert [path.name for path in tmp_path.iterdir()] == ["c.txt"]


# Streams ------------------------------------------------------------------------------------


def test_encode_and_decode_speak_through_pipes():
    captions = some_captions(20)
    typed = "".join(f"{caption}\n" for caption in captions).encode()
    encoded = tiny("encode", "--file", "-", "--output", "-", stdin=typed)
    assert encoded.status == 0
    np.testing.assert_array_equal(
        np.load(io.BytesIO(encoded.data)), learned_vae().encode(captions)
    )
    decoded = tiny("decode", "--file", "-", stdin=encoded.data)
    assert lines(decoded) == learned_vae().reconstruct(captions)


@pytest.mark.parametrize("data", [b"", b"a dog\n"])
def test_standard_input_without_codes_is_refused(data):
    said = tiny("decode", "--file", "-", stdin=data)
    assert_refused(said, "standard input is not an array written by encode")


def test_evaluate_reads_captions_from_standard_input_for_each_model(tmp_path):
    captions = some_captions(40)
    typed = "".join(f"{caption}\n" for caption in captions).encode()
    file = write_lines(tmp_path / "c.txt", captions)
    assert evaluate("--captions", "-", stdin=typed).out == evaluate("--captions", file).out
    twice = evaluate("--weights", saved_weights(), "--captions", "-", "--json", stdin=typed)
    first, second = json.loads(twice.out)
    assert first["nll"] == second["nll"]
    assert_refused(evaluate("--captions", "-"), "standard-input.txt is empty")


def test_a_report_is_written_though_the_reader_of_the_metrics_has_left(tmp_path, monkeypatch):
    def leave(*_):
        raise BrokenPipeError

    monkeypatch.setattr("textvae.cli.verbs.evaluate.print_metrics", leave)
    file = write_lines(tmp_path / "c.txt", some_captions(40))
    said = evaluate("--captions", file, "--report", tmp_path / "report")
    assert said.status == 0, said.err
    assert (tmp_path / "report" / "report.html").exists()


def test_open_shows_the_report_in_the_browser(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr("webbrowser.open", lambda address: shown.append(address) or True)
    file = write_lines(tmp_path / "c.txt", some_captions(40))
    assert_refused(evaluate("--captions", file, "--open"), "--open shows the report; name")
    said = evaluate("--captions", file, "--open", "--report", tmp_path / "a b")
    assert said.status == 0, said.err
    assert shown == [(tmp_path / "a b" / "report.html").as_uri()]


def test_quiet_leaves_warnings_and_verbose_adds_details(tmp_path):
    file = write_lines(tmp_path / "c.txt", ["a dog runs", "a purple cat sleeps"])
    target = (
        "encode",
        "--weights",
        saved_weights(),
        "--file",
        file,
        "--output",
        tmp_path / "z.npy",
    )
    warning, done = (
        "caption 2: unknown words: purple\n",
        f"{tmp_path / 'z.npy'}: 2 codes of 8 units\n",
    )
    assert run_warm(*target).err == warning + done
    for quiet in (run_warm("-q", *target), run_warm(*target, "--quiet")):
        assert (quiet.status, quiet.err) == (0, warning)
    for verbose in (run("-v", *target), run_warm(*target, "--verbose")):
        assert re.search(r"^loaded tiny in [\d.]+ s", verbose.err, re.MULTILINE)
        assert verbose.err.endswith(warning + done)
    measured = evaluate("--captions", file, "-q")
    assert (measured.status, measured.err) == (0, "")  # no progress either


def test_neighbours_prints_the_nearest_first(tmp_path):
    captions = some_captions(30)
    file = write_lines(tmp_path / "c.txt", captions)
    found = [
        line.split("\t") for line in lines(tiny("neighbours", captions[3], "--file", file))
    ]
    assert len(found) == 10
    assert found[0] == ["0.0000", captions[3]]
    z = learned_vae().space.encode(captions)
    distances = np.linalg.norm(z - z[3], axis=1)
    assert [text for _, text in found] == [captions[i] for i in np.argsort(distances)[:10]]
    assert [float(each) for each, _ in found] == pytest.approx(sorted(distances)[:10], abs=1e-3)
    typed = file.read_bytes()
    said = tiny("neighbours", captions[3], "--file", "-", "-k", 3, "--json", stdin=typed)
    assert [each["caption"] for each in json.loads(said.out)] == [text for _, text in found[:3]]
    assert_refused(
        tiny("neighbours", "a dog", "--file", file, "-k", 0), "neighbours must be .* 0"
    )


def test_many_captions_are_those_of_one_call_printed_as_they_come():
    expected = learned_vae().generate(700, seed=2, temperature=1.0)
    options = ("generate", "--num-captions", 700, "--seed", 2, "--temperature", 1)
    assert lines(tiny(*options)) == expected
    assert json.loads(tiny(*options, "--json").out) == expected


def test_a_list_without_captions_is_an_empty_one(tmp_path):
    np.save(tmp_path / "z.npy", np.zeros((0, 8), np.float32))
    assert tiny("decode", "--file", tmp_path / "z.npy").out == ""
    assert json.loads(tiny("decode", "--json", "--file", tmp_path / "z.npy").out) == []


# Real processes -----------------------------------------------------------------------------


def test_a_reader_who_leaves_and_a_full_disk_behind_a_redirection_get_no_traceback():
    """Captions that fit a buffer are written only when the command ends."""
    weights = ("--weights", saved_weights())
    read_end, write_end = os.pipe()
    os.close(read_end)  # what `| head` does once it has its lines
    with open("/dev/full", "w") as full:  # noqa: PTH123
        left = start("generate", *weights, stdout=write_end)
        os.close(write_end)
        filled = start("generate", *weights, stdout=full)
        assert left.communicate()[1] == ""
        complaint = filled.communicate()[1]
    assert left.returncode == 0
    assert filled.returncode == 1
    assert complaint == "textvae: No space left on device\n"


def test_a_refusal_comes_at_once_and_results_alone_are_on_standard_output():
    """In a process of its own: no remark of TensorFlow's joins either stream."""
    good = start("reconstruct", "--weights", saved_weights(), "a dog runs")
    bad = start("generate", "--weights", "none")
    out, err = bad.communicate()
    assert (bad.returncode, out) == (2, "")
    assert re.fullmatch(r"textvae: no weights 'none': .*\n", err)
    out, err = good.communicate()
    assert (good.returncode, err) == (0, "")
    assert out.split("\n") == [*learned_vae().reconstruct(["a dog runs"]), ""]


def test_results_go_into_pipes_and_devices_and_through_links(tmp_path):
    file, expected = (
        write_lines(tmp_path / "c.txt", ["a dog runs"]),
        learned_vae().encode("a dog runs"),
    )
    encode = ("encode", "--weights", saved_weights(), "--file", file, "--output")
    device = Path("/dev/stdout").readlink()  # a link, which a file would replace
    with (tmp_path / "out").open("wb") as out:
        process = start(*encode, "/dev/stdout", stdout=out)
        assert process.wait() == 0, process.stderr.read()
    np.testing.assert_array_equal(np.load(tmp_path / "out"), [expected])
    assert Path("/dev/stdout").readlink() == device
    os.mkfifo(tmp_path / "fifo")
    process = start(*encode, tmp_path / "fifo")
    read = np.load(io.BytesIO((tmp_path / "fifo").read_bytes()))
    assert process.wait() == 0, process.stderr.read()
    np.testing.assert_array_equal(read, [expected])
    assert (tmp_path / "fifo").is_fifo()
    (tmp_path / "link").symlink_to("linked.npy")
    assert run_warm(*encode, tmp_path / "link").status == 0
    np.testing.assert_array_equal(np.load(tmp_path / "linked.npy"), [expected])
    assert (tmp_path / "link").is_symlink()


def test_encode_feeds_decode_in_a_shell(tmp_path):
    captions = some_captions(9)
    file = write_lines(tmp_path / "lines.txt", captions)
    textvae, options = for_shells()
    weights = f"--weights {saved_weights()}"
    pipeline = (
        f"{textvae} encode {weights} --file - --output - < {file}"
        f" | {textvae} decode {weights} --file -"
    )
    shell = start("-c", pipeline, program=("sh",), **options)
    out, _ = shell.communicate()
    assert out.splitlines() == learned_vae().reconstruct(captions)


def test_a_network_that_starts_from_trained_weights_has_their_sizes(tmp_path):
    def sizes(*given):
        return recipe_of(build_parser().parse_args(["train", "lines", *given])).model

    theirs = json.loads((loading.locate("article") / "config.json").read_text())["model"]
    assert sizes() == find_recipe("lines").model
    assert sizes("--init-from", "article") == ModelConfig.from_dict(theirs)
    # What is typed is as typed, and is refused later, where it does not fit.
    assert sizes("--init-from", "article", "--latent-dim", "3").latent_dim == 3
    with pytest.raises(BadInput, match="nowhere"):  # before any caption is read
        sizes("--init-from", "nowhere")
    # A language model has no code, and so no sizes of it.
    config = json.loads((loading.locate("coco") / "config.json").read_text())
    config["model"] |= {"latent_dim": 0, "encoder_dim": 5}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert sizes("--init-from", str(tmp_path)) == dataclasses.replace(
        find_recipe("lines").model, embed_dim=256, hidden_dim=512
    )


def test_lines_come_from_a_named_pipe_as_from_standard_input(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    process = start("reconstruct", "--weights", saved_weights(), "--file", tmp_path / "fifo")
    (tmp_path / "fifo").write_text("a dog runs\n")
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert out.splitlines() == learned_vae().reconstruct(["a dog runs"])


@pytest.mark.parametrize("value", [np.nan, 1e35])
def test_a_code_that_is_not_finite_is_named_by_its_row_in_the_file(tmp_path, value):
    codes = np.zeros((600, 8))
    codes[500, 3] = value
    np.save(tmp_path / "z.npy", codes)
    said = tiny("decode", "--file", tmp_path / "z.npy")
    assert_refused(said, "z.npy: the codes of row 500 are not finite")


def test_what_standard_output_cannot_hold_gets_one_line(monkeypatch, capsys):
    monkeypatch.setattr(generate, "run", lambda _: print("\u6625"))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    with pytest.raises(SystemExit) as stop:
        main(["generate"])
    assert stop.value.code == 1
    wanted = r"textvae: standard output, in ascii, cannot hold '\u6625'; set PYTHONUTF8=1"
    assert capsys.readouterr().err.startswith(wanted)


def test_evaluate_reads_training_captions_from_standard_input_for_each_model(tmp_path):
    captions = some_captions(40)
    typed = "".join(f"{caption}\n" for caption in captions).encode()
    file = write_lines(tmp_path / "c.txt", captions)
    weights = ("--weights", saved_weights())  # beside the one that `tiny` gives
    twice = evaluate(*weights, "--captions", file, "--train", "-", "--json", stdin=typed)
    assert twice.status == 0, twice.err
    assert len(json.loads(twice.out)) == 2


def test_a_command_whose_standard_output_is_closed_ends_well(monkeypatch):
    monkeypatch.setattr(generate, "run", lambda _: print("a dog"))
    monkeypatch.setattr(sys, "stdout", None)
    main(["generate"])  # which raised AttributeError
    assert sys.stdout is not None


def test_a_terminal_is_shown_what_a_file_holds_and_does_not_obey_it(tmp_path):
    (tmp_path / "lines.txt").write_text("a \x1b[31mred\x1b[0m dog\n\x9b2Ja cat 🐕\n" * 9)
    controller, terminal = os.openpty()
    process = start("inspect", tmp_path / "lines.txt", stdout=terminal)
    os.close(terminal)
    seen = b""
    with contextlib.suppress(OSError):  # how the end of a terminal reads
        while part := os.read(controller, 10_000):
            seen += part
    assert (process.wait(), process.stderr.read()) == (0, "")
    assert "a �[31mred�[0m dog" in seen.decode()
    assert "�2Ja cat 🐕" in seen.decode()
    assert b"\x1b" not in seen
    piped, _ = start("inspect", tmp_path / "lines.txt").communicate()
    assert "a \x1b[31mred\x1b[0m dog" in str(piped)


def test_messages_hold_no_control_characters(capsys):
    with logging_to_standard_error(logging.WARNING):
        logging.getLogger("textvae.data").warning("unknown: %s", "\x9b2J\x1b[31mred")
    report("there is no column \x1b]0;mine\x07")
    assert capsys.readouterr().err.splitlines() == [
        "unknown: �2J�[31mred",
        "textvae: there is no column �]0;mine�",
    ]


def test_an_empty_line_has_its_number_however_many_remarks_came_before(tmp_path):
    (tmp_path / "c.txt").write_text("a dog 1\n" * 25 + "- 2024 -\n")
    said = tiny("reconstruct", "--file", tmp_path / "c.txt")
    assert lines(said)[25] == ""
    assert "give an empty line as well: 26" in said.err


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["train", "lines"], "captions"),
        (["evaluate"], "captions"),
        (["evaluate", "--captions", "c"], "train"),
        (["blind", "f"], "samples"),
        (["push", "me/m"], "results"),
        (["train", "lines"], "instances"),
    ],
)
def test_an_option_of_several_values_may_be_repeated(words, option):
    parsed = build_parser().parse_args([*words, f"--{option}", "a=1", f"--{option}", "b=2"])
    assert getattr(parsed, option) == ["a=1", "b=2"]


def test_plain_models_with_other_pieces_are_measured_on_the_same_lines(tmp_path):
    texts = ["a dog runs on the beach near a red house ", "a cat"] * 20
    texts = [f"{text}{number}" for number, text in enumerate(texts)]  # half above 40 letters
    letters = PieceTokenizer(sorted(set("".join(texts))))
    for name, tokenizer in (("letters", letters), ("pieces", PieceTokenizer.fit(texts * 5))):
        model = make_model(vocab_size=len(tokenizer), latent_dim=4)
        settings = TextSettings(40, mode="plain")
        bundle = ModelBundle(name, model, tokenizer, settings, None, {})
        weights_folder.save(bundle, tmp_path / name)
    file = write_lines(tmp_path / "x.txt", texts)
    several = ("--weights", tmp_path / "letters", tmp_path / "pieces", "--json")
    none = ("--num-samples", 0, "--num-pairs", 0)
    said = run("evaluate", *several, "--captions", file, *none)
    first, second = json.loads(said.out)
    assert first["num_captions"] == second["num_captions"] == 20


def test_a_failure_is_not_printed_among_the_results(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    report("caption 3: no words are left")
    assert capsys.readouterr().out == ""


class Unread(io.StringIO):
    def write(self, text):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.mark.parametrize("stderr", [Unread(), None])
def test_an_evaluation_is_not_lost_with_its_log(tmp_path, stderr):
    file = write_lines(tmp_path / "c.txt", some_captions(40))
    none = ["--num-samples", "0", "--num-pairs", "0", "--json"]
    out = io.StringIO()
    with warm(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(stderr):
        main(["evaluate", "--weights", str(saved_weights()), "--captions", str(file), *none])
    assert json.loads(out.getvalue())["num_captions"] == 40


@pytest.mark.parametrize("words", [("inspect", "none.txt"), ("generate", "--none")])
def test_the_status_is_the_commands_own_where_its_message_cannot_be_written(words, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # with which nothing is held back
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        process = start(*words, stderr=full, cwd=ROOT)
        process.communicate()
    assert process.returncode == 2  # Python's own is 120


@pytest.mark.parametrize(("words", "message"), [
    (("train", "lines", "--output"), " is a file; name a folder for the run"),
    (("evaluate", "--captions", "c.txt", "--report"), " is a file; name a folder for report"),
    (("blind", "--score"), "/key.txt does not exist; make the sheet first"),
])  # fmt: skip
def test_a_folder_to_write_may_be_in_the_home_folder(tmp_path, monkeypatch, words, message):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine").touch()
    assert_refused(run(*words, "~/mine"), re.escape(f"{tmp_path}/mine{message}"))


def test_a_folder_of_an_unknown_user_is_one_like_any_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = "~nobody-of-this-name/mine"
    learned_vae().save(folder)
    assert loading.find(folder) == Path(folder)
    assert_refused(run("export", folder), re.escape(f"{folder} holds other files"))


@pytest.mark.parametrize(("folder", "typed"), [
    ("my runs/lines", "'my runs/lines'"), ("poems", "./poems"),
])  # fmt: skip
def test_what_a_training_says_to_try_can_be_typed(tmp_path, monkeypatch, folder, typed):
    monkeypatch.chdir(tmp_path)
    report = {"validation": {"nll": 1.5}}
    monkeypatch.setattr("textvae.training.train.train", lambda *_, **__: report)
    said = run("train", "lines", "--captions", "c.txt", "--output", folder)
    assert said.status == 0, said.err
    assert said.err.endswith(f"try: textvae generate --weights {typed}\n")


def test_a_closed_standard_input_is_an_empty_one(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SystemExit) as stop:
        main(["reconstruct", "--weights", str(saved_weights()), "--file", "-"])
    assert stop.value.code == 2
    assert "standard input is empty" in capsys.readouterr().err
