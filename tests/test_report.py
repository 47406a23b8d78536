import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from tiny import (
    MAX_LENGTH,
    beside,
    bundle_of,
    former_prior,
    learned_vae,
    make_model,
    random_vae,
    saved_weights,
    scene_prior,
    some_captions,
    write_lines,
)
from verbs import run, run_warm
from waiting import wait_until_shown

from textvae.data.text_modes import TextSettings
from textvae.data.tokenizer import Tokenizer
from textvae.evaluation import likelihood
from textvae.evaluation.artifacts import EvaluationArtifacts
from textvae.evaluation.evaluate import evaluate
from textvae.evaluation.interpolations import held_out_pairs
from textvae.evaluation.samples import Sampling
from textvae.metrics.definitions import DEFINITIONS
from textvae.report.charts.base import as_json
from textvae.report.interpolations import interpolations
from textvae.report.metric_tables import metric_tables
from textvae.report.model_results import ModelResults, model_results_of
from textvae.report.page import report_html, write_history, write_report
from textvae.report.reconstructions import best_and_worst, reconstructions
from textvae.report.sections import choose_by_hash
from textvae.report.words import _equally_many
from textvae.saving import weights_folder
from textvae.saving.bundle import ModelBundle

HELD_OUT = [*some_captions(180)[75:115], "a purple dog sleeps"]
TRAIN = some_captions(75)
TAGS = "<b>x</b> <img src=x onerror=hacked()> </script><script>hacked()</script>"
HOSTILE = f"{TAGS} & \"quoted\" 'too'"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Captions, and the weights `other`: fewer words, another code, and a training history."""
    folder = tmp_path_factory.mktemp("report")
    write_lines(folder / "held_out.txt", HELD_OUT)
    write_lines(folder / "train.txt", TRAIN)
    tokenizer = Tokenizer.fit([text for text in TRAIN if "zebra" not in text], 1)
    model = make_model(vocab_size=len(tokenizer), latent_dim=3)
    names = ("nll", "kl", "loss", "active_units")
    history = [
        {
            "epoch": epoch,
            **{f"{part}{name}": 9.0 / epoch for part in ("", "val_") for name in names},
        }
        for epoch in (1, 2, 3)
    ]
    report = {"history": history, "best_epoch": 2, "command": HOSTILE}
    text = TextSettings(MAX_LENGTH)
    other = ModelBundle(
        "other", model, tokenizer, text, scene_prior(vocab_size=len(tokenizer)), report
    )
    weights_folder.save(other, folder / "other")
    return folder


@pytest.fixture(scope="module")
def made(folder):
    """The command on two models: their metrics as JSON, and the page."""
    said = run_warm(
        "evaluate", "--weights", saved_weights(), folder / "other", "--json", "--num-pairs", 6,
        "--captions", folder / "held_out.txt", "--train", folder / "train.txt",
        "--num-samples", 20, "--iw-samples", 20, "--report", folder / "out" / "put",
    )  # fmt: skip
    assert said.status == 0, said.err
    path = folder / "out" / "put" / "report.html"
    page = path.read_text(encoding="utf-8")
    return SimpleNamespace(metrics=json.loads(said.out), path=path, page=page, err=said.err)


class Tables(HTMLParser):
    """The rows of all tables: for each the text of its head and the values of its cells."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.cell, self.tag = [], None, ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.cell = {"text": "", "value": None}
        if tag == "data" and self.cell is not None:
            self.cell["value"] = json.loads(dict(attributes)["value"])

    def handle_data(self, data):
        if self.cell is not None:
            self.cell["text"] += data

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self.rows[-1].append(self.cell)
            self.cell = None


def section(page, name):
    return page.split(f'<section id="{name}"')[1].split("<section id=")[0]


def test_every_number_of_the_tables_is_that_of_the_json(made):
    rows = [(row[0]["text"], row[1:]) for row in Tables(section(made.page, "metrics")).rows]
    shown, again = dict(reversed(rows)), dict(rows)  # of a metric in two tables: first, second
    first, other = made.metrics
    priors = ("scene", "standard")
    columns = [each["samples"][prior] for each in (first, other) for prior in priors]
    columns.append(first["samples"]["real"])
    checked = set()
    for name, cells in shown.items():
        if name in first["samples"]["scene"]:
            expected = columns
        elif name in first["interpolations"]:
            expected = [each["interpolations"] for each in (first, other)]
        elif name in first:
            expected = [first, other]
        else:
            continue
        for cell, metrics in zip(cells, expected, strict=False):
            assert cell["value"] == metrics.get(name), name
            assert_reads(cell["text"], metrics.get(name), metrics.get(f"{name}_std"))
        checked.add(name)
    of_groups_and_maps = {"sibling_recall", "trustworthiness", "map_neighbours"}
    assert DEFINITIONS.keys() - of_groups_and_maps <= checked
    for name in first["interpolations"].keys() & DEFINITIONS.keys():
        values = [cell.get("value") for cell in again[name][:2]]
        assert values == [each["short_pairs"][name] for each in (first, other)]


def test_siblings_and_the_map_have_a_table_where_they_were_measured():
    values = {"sibling_recall": 0.75, "num_siblings": 5990, "trustworthiness": 0.931}
    values |= {"map_neighbours": 0.31, "num_map_captions": 2900}
    table = Tables(str(metric_tables([ModelResults("m", values)])))
    rows = {row[0]["text"]: row[1:] for row in table.rows}
    assert {name: rows[name][0]["value"] for name in values} == values
    without = str(metric_tables([ModelResults("m", {"nll": 1.0})]))
    assert not [name for name in values if name in without]


def assert_reads(text, value, std):
    """The text says the number to four digits, and its std to as many decimals."""
    if value is None:
        assert text == "–"
        return
    shown, *after = text.replace("−", "-").replace(",", "").split(" ± ")
    assert float(shown) == pytest.approx(value, rel=6e-4, abs=6e-5)
    assert bool(after) == (std is not None)
    if after and not after[0].startswith("<"):
        decimals = len(after[0].partition(".")[2])
        assert float(after[0]) == pytest.approx(std, abs=0.51 * 10**-decimals)


def test_the_summary_has_the_metrics_of_the_default_prior(made):
    tiles = section(made.page, "summary")
    for each in made.metrics:
        for value in (each["kl"], each["ppl"], each["samples"]["scene"]["novel"]):
            assert f'<data value="{value!r}">' in tiles
    assert "mutual_information" not in tiles  # log num_captions, for every model that works
    new = sum(text not in TRAIN for text in HELD_OUT) / len(HELD_OUT)
    assert f"held-out captions {100 * new:.1f}%" in tiles
    assert "The vocabularies differ" in tiles


@pytest.mark.parametrize(("distinct", "siblings", "shown"), [
    (7.0, 200, (False, False)),
    (6.9, 2000, (True, True)),
])  # fmt: skip
def test_the_summary_leaves_out_what_any_model_reaches(distinct, siblings, shown):
    paths = {"distinct_captions": distinct, "num_steps": 7, "num_pairs": 20, "seeds": [0]}
    metrics = {"sibling_recall": 0.98, "num_siblings": siblings, "interpolations": paths}
    tiles = section(report_html([ModelResults("m", metrics)], source="captions"), "summary")
    names = "distinct_captions", "sibling_recall"
    assert tuple(f">{name}<" in tiles for name in names) == shown


def test_samples_stand_beside_the_training_captions_with_most_words_in_common(made):
    rows = [row for row in Tables(section(made.page, "samples")).rows if len(row) == 3]
    rows = [row for row in rows if row[0]["text"] not in ("sample", "caption")]
    bags = [set(text.split()) for text in TRAIN]
    for sample, near, overlap in rows:
        bag = set(sample["text"].split())
        best = max(len(bag & other) / len(bag | other) for other in bags)
        assert overlap["value"] == pytest.approx(best)
        if sample["text"] in TRAIN:
            assert near["text"] == "identical"
        else:
            found = set(near["text"].split())
            assert len(bag & found) / len(bag | found) == pytest.approx(best)
    assert len(rows) == 2 * 2 * 10 + 10  # of both priors of both models, and of people
    assert {row[0]["text"] for row in rows[-10:]} <= set(HELD_OUT)


def test_a_curve_over_temperatures_rises_from_cold_to_warm():
    names = ("standard_at_0.2", "standard_at_0.21", "standard", "standard_at_1", "real")
    scores = (0.9, 0.899, 0.6, 0.3, 0.25)
    samples = {
        name: {"bleu_5": x, "self_bleu_5": x} for name, x in zip(names, scores, strict=True)
    }
    metrics = {"num_captions": 41, "samples": samples, "settings": {"temperature": 0.5}}
    artifacts = EvaluationArtifacts(captions=HELD_OUT, samples={"standard": TRAIN})
    page = report_html([ModelResults("lm", metrics, artifacts)], source="captions")
    curve, real = charts(page, "samples")[0]["data"]
    assert curve["text"] == ["0.2", "", "0.5", "1"]  # two labels would cover each other
    assert curve["x"] == [0.9, 0.899, 0.6, 0.3]
    assert (curve["name"], real["name"]) == ("language model", "real captions")


def charts(page, name):
    """The charts of a section as plotly gets them."""
    found = re.findall(r'<script type="application/json">(.*?)</script>', section(page, name))
    return [json.loads(each) for each in found]


def test_the_kl_of_all_units_is_the_kl(made):
    (chart,) = charts(made.page, "units")
    for trace, metrics in zip(chart["data"], made.metrics, strict=True):
        assert sum(trace["y"]) == pytest.approx(metrics["kl"], rel=1e-3)
        assert trace["y"] == sorted(trace["y"], reverse=True)
        assert len(trace["y"]) == metrics["latent_dim"]


def test_the_share_without_a_changed_word_is_reconstruction_exact(made):
    (chart,) = charts(made.page, "reconstructions")
    for trace, metrics in zip(chart["data"], made.metrics, strict=True):
        assert trace["y"][0] == pytest.approx(100 * metrics["reconstruction_exact"])
        assert sum(trace["y"]) == pytest.approx(100)


def test_training_curves_are_those_of_the_report_with_its_best_epoch(made):
    for chart in charts(made.page, "training"):
        training, validation, ring = chart["data"]  # the first model has no history
        for trace in (training, validation):
            assert (trace["x"], trace["y"]) == ([1, 2, 3], [9.0, 4.5, 3.0])
        assert (ring["x"], ring["y"]) == ([2], [4.5])


def test_a_history_of_one_epoch_is_no_curve():
    values = {f"{part}{name}": 1.0 for part in ("", "val_") for name in ("nll", "kl")}
    for epochs, is_shown in ((1, False), (2, True)):
        history = [{"epoch": epoch, **values} for epoch in range(1, epochs + 1)]
        model = ModelResults("m", {"num_captions": 2}, history=history)
        assert ('id="training"' in report_html([model], source="captions")) is is_shown


def test_a_quick_look_says_that_it_is_one():
    model = ModelResults("m", {"num_captions": 2})
    assert "A quick look" in report_html([model], source="captions", is_quick=True)
    assert "A quick look" not in report_html([model], source="captions")


def test_the_page_says_how_large_it_is(made):
    (said,) = re.findall(r"one file of ([\d.]+) MB", made.page)
    assert float(said) == pytest.approx(made.path.stat().st_size / 1e6, abs=0.06)
    assert f"{made.path}: {said} MB" in made.err


def test_the_page_names_no_folder_and_repeats_the_command(made, folder):
    assert str(folder) not in made.page
    assert "--captions held_out.txt --train train.txt --num-samples 20" in made.page


CONTRAST = """element => {
  const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => rgb(colour).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const style = getComputedStyle(element);
  const ink = element.ownerSVGElement ? style.fill : style.color;
  const [a, b] = [light(ink), light(getComputedStyle(document.body).backgroundColor)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""
READABLE = ("h1", "header p", "nav a", ".note", "caption", ".term", ".std", "del", "ins",
            ".reconstructions .same span", ".near", ".legendtext", ".xtick text",
            "footer p")  # fmt: skip
FITTED = """[...document.querySelectorAll(".plot .main-svg")]
  .every((svg) => svg.getBoundingClientRect().right <= innerWidth)"""
FONTS = "[...document.fonts].map((face) => face.status)"
WIDE = "document.documentElement.scrollWidth"


def until(page, condition):
    """As `wait_for_function`, which the policy of the page forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(condition)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_reads_well_in_light_and_dark_on_any_screen(made, open_page, scheme):
    """From a file, without a request or an error: `open_page` sees to that."""
    page = open_page(made.path.as_uri(), color_scheme=scheme)
    wait_until_shown(page.locator("#training .main-svg").last)
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0
    assert page.evaluate(FONTS) == ["loaded", "loaded"]  # those in the file
    for plot in page.locator(".plot").all():
        assert plot.locator(".main-svg").count() > 0
        assert len(plot.get_attribute("aria-label")) > 40
    for piece in READABLE:
        assert page.locator(piece).first.evaluate(CONTRAST) >= 4.5, piece
    back = "getComputedStyle(document.body).backgroundColor"
    shades = [page.evaluate(back)]
    for _ in range(3):  # as the system, light, dark, and round again
        page.locator("#theme").click()
        shades.append(page.evaluate(back))
    assert shades[3] == shades[0] == shades[1 if scheme == "light" else 2]
    assert shades[1] != shades[2]
    for width in (1200, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(WIDE) <= width
    until(page, FITTED)  # charts too, not merely cut off
    for link in page.locator("nav a").all():
        assert page.locator(link.get_attribute("href")).count() == 1


def test_definitions_show_under_the_pointer_in_focus_and_at_a_touch(made, open_page):
    page = open_page(made.path.as_uri(), has_touch=True)
    bubble = page.locator("#bubble")
    first, second = (page.locator("#metrics .term").nth(place) for place in (0, 1))
    first.hover()
    assert bubble.inner_text() == DEFINITIONS[first.inner_text()]
    page.mouse.move(0, 0)
    assert bubble.is_hidden()
    second.focus()
    assert bubble.inner_text() == DEFINITIONS[second.inner_text()]
    page.keyboard.press("Escape")
    assert bubble.is_hidden()
    first.tap()
    assert bubble.inner_text() == DEFINITIONS[first.inner_text()]
    described = first.get_attribute("aria-describedby")
    assert page.locator(f"#{described}").inner_text() == bubble.inner_text()
    box = bubble.bounding_box()
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 1200


def test_a_history_page_is_the_curves_of_a_run(open_page, tmp_path):
    history = [{"epoch": epoch, "nll": 9 / epoch, "val_nll": 8 / epoch} for epoch in (1, 2, 3)]
    path = write_history(tmp_path, HOSTILE, history, 3)
    page = open_page(path.as_uri())
    wait_until_shown(page.locator("#training .main-svg").first)
    assert page.locator("h1").inner_text() == HOSTILE
    (chart,) = charts(path.read_text(encoding="utf-8"), "training")  # of nll alone
    training, validation, ring = (trace["y"] for trace in chart["data"])
    assert (training, validation, ring) == ([9, 4.5, 3], [8, 4, 8 / 3], [8 / 3])


# What others have written -------------------------------------------------------------------


def hostile_results(name):
    captions = [f"{HOSTILE} {word}" for word in ("one", "two", "three", "four")]
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(4, 3)).astype(np.float32)
    artifacts = EvaluationArtifacts(
        captions, captions[::-1], codes, codes, [captions], [(captions[0], captions[-1])],
        {"scene": captions, HOSTILE: captions},
    )  # fmt: skip
    samples = {"scene": {"seeds": [HOSTILE], "bleu_5": 0.2, "self_bleu_5": 0.3}}
    metrics = {"num_captions": 4, "active_units": HOSTILE, "nll": 2.5, "samples": samples}
    facts = {HOSTILE: HOSTILE, "vocabulary": HOSTILE}
    history = [{"epoch": epoch, "nll": 3.0, "val_nll": 2.0} for epoch in (1.0, 2.0)]
    return ModelResults(
        f"{name} {HOSTILE}", metrics, artifacts, history, 1, facts, captions[:2]
    )


def test_what_captions_names_and_reports_say_is_shown_and_never_run(open_page, tmp_path):
    models = [hostile_results("a"), hostile_results("b")]
    path = write_report(tmp_path, models, source=HOSTILE, command=HOSTILE, date=HOSTILE)
    page = open_page(path.as_uri())
    wait_until_shown(page.locator("#map .main-svg").last)
    assert page.evaluate("document.images.length") == 0
    assert page.evaluate("[...document.scripts].filter((s) => !s.type).length") == 2
    for place in ("h1", "header p", "#reconstructions", "#samples", "#models", "#command code"):
        assert HOSTILE in page.locator(place).first.inner_text(), place
    # Plotly reads a kind of HTML of its own.
    for part in ("samples", "words", "units", "training"):
        texts = page.locator(f"#{part} .legendtext").all_text_contents()
        named = [text for text in texts if text.startswith(("a ", "b "))]
        assert named, part
        assert all("<b>" in text for text in named), named  # long ones are cut in the middle


def test_a_long_word_and_a_long_name_fit_a_phone(open_page, tmp_path):
    word = "w" + "o" * 70 + "f"
    lines = [f"a dog {word} {number}" for number in ("one", "two", "three", "four")]
    ends = [(lines[0], lines[-1])]
    results = hostile_results("a")
    made = replace(
        results.artifacts, captions=lines, reconstructions=lines[::-1], paths=[lines],
        ends=ends, samples={"scene": lines},
    )  # fmt: skip
    model = replace(results, name=word, artifacts=made, train=())
    page = open_page(
        write_report(tmp_path, [model], source="x").as_uri(),
        viewport={"width": 390, "height": 844},
    )
    wait_until_shown(page.locator("#training .main-svg").last)
    assert page.evaluate(WIDE) <= 390


def test_json_for_charts_ends_no_script_and_is_json():
    text = as_json({"x": [HOSTILE, float("nan"), float("-inf"), 1.5], "y": "\u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"x": [HOSTILE, None, None, 1.5], "y": "\u2028"}


@pytest.mark.parametrize("report", [
    {}, {"history": "long"}, {"history": [None, {"epoch": "one"}, {"epoch": 1, "nll": "low"}]},
    {"history": [{"epoch": 1, "val_nll": float("nan")}], "best_epoch": "two"},
    {"data": [], "recipe": 3, "command": 5, "finished": {}}, [],
    {"data": {"train": {"captions": 10**400}}, "best_epoch": 10**400},
    {"history": [{"epoch": 1, "val_nll": 10**400}]},
])  # fmt: skip
def test_a_report_of_unexpected_shape_is_no_obstacle(report):
    vae = random_vae()
    strange = SimpleNamespace(
        report=report, bundle=vae.bundle, latent_dim=5, max_length=9, tokenizer=vae.tokenizer,
        has_scenes=True,
    )  # fmt: skip
    model = model_results_of(strange, "strange", {"num_captions": 2}, EvaluationArtifacts())
    assert "latent units" in report_html([model], source="captions")


# Models that are less alike -----------------------------------------------------------------


def test_a_language_model_stands_beside_a_model_with_codes(made):
    metrics = {"num_captions": 3, "nll": 30.0, "ppl": 12.0, "settings": {}}
    metrics["samples"] = {"standard": {"bleu_5": 0.1, "self_bleu_5": 0.2, "seeds": [0]}}
    without_codes = EvaluationArtifacts(captions=HELD_OUT, samples={"standard": TRAIN[:20]})
    without_codes.mu = np.empty((len(HELD_OUT), 0), np.float32)
    language_model = ModelResults("lm", metrics, without_codes)
    vae = random_vae()
    kept = EvaluationArtifacts()
    found = evaluate(
        vae, HELD_OUT, sampling=Sampling(5, num_sets=1), num_pairs=2, artifacts=kept
    )
    for models in ([language_model, ModelResults("vae", found, kept)], [language_model]):
        page = report_html(models, source="captions")
        parts = re.findall(r'<section id="(\w+)"', page)
        assert {"summary", "metrics", "samples", "words", "definitions"} <= set(parts)
        of_codes = {"reconstructions", "units", "map"}
        assert of_codes & set(parts) == (of_codes if len(models) > 1 else set())
    assert "standard prior" not in page


def test_models_that_read_different_texts_are_not_compared_caption_by_caption():
    marked = [f"{text} ." for text in HELD_OUT]
    models = [
        ModelResults(
            name,
            {"num_captions": 41},
            EvaluationArtifacts(captions=texts, reconstructions=texts),
        )
        for name, texts in (("plain", HELD_OUT), ("marked", marked))
    ]
    page = report_html(models, source="captions")
    assert "evaluated on different texts" in page
    lists = section(page, "reconstructions").split('<ol class="reconstructions">')
    assert f"{HELD_OUT[choose_by_hash(HELD_OUT, 1)[0]]}</p>" in lists[1]
    assert f"{marked[choose_by_hash(marked, 1)[0]]}</p>" in lists[2]


def test_codes_that_are_all_the_same_have_no_map():
    mu = np.zeros((len(HELD_OUT), 4), np.float32)
    collapsed = EvaluationArtifacts(captions=HELD_OUT, mu=mu, log_var=mu)
    page = report_html(
        [ModelResults("flat", {"num_captions": 41}, collapsed)], source="captions"
    )
    assert 'id="units"' in page
    assert 'id="map"' not in page


# Captions -----------------------------------------------------------------------------------


class Words(HTMLParser):
    """The words of a page that stand in an element of a class, each with its innermost tag."""

    def __init__(self, html, wanted):
        super().__init__()
        self.wanted, self.inside, self.tags, self.lines = wanted, None, [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if self.inside is None and dict(attributes).get("class") in self.wanted:
            self.inside = len(self.tags)
            self.lines.append([])

    def handle_endtag(self, tag):
        assert self.tags.pop() == tag
        if self.inside is not None and len(self.tags) < self.inside:
            self.inside = None

    def handle_data(self, data):
        if self.inside is not None:
            self.lines[-1] += [(word, self.tags[-1]) for word in data.split()]


@pytest.mark.parametrize(("before", "after"), [
    ("a man riding a wave", "a man on a big wave"), ("a b c", "d e"),
    ("", "a dog"), ("a dog", ""), ("a & b", "a < b"),
])  # fmt: skip
def test_marked_words_give_both_captions(before, after):
    artifacts = EvaluationArtifacts(
        captions=[before],
        reconstructions=[after],
        paths=[[before, after]],
        ends=[(before, after)],
    )
    models = [ModelResults("one", {}, artifacts)]
    line = Words(reconstructions(models), ["other"]).lines[0]
    assert [word for word, tag in line if tag != "ins"] == before.split()
    assert [word for word, tag in line if tag != "del"] == after.split()
    (steps,) = Words(interpolations(models), ["steps"]).lines
    assert [word for word, _ in steps] == [*before.split(), *after.split()]
    old = before.split()
    assert all((tag == "li") == (word in old) for word, tag in steps if after != before)


def test_a_caption_that_comes_back_is_said_to_be_identical():
    artifacts = EvaluationArtifacts(captions=["a dog"], reconstructions=["a dog"])
    html = reconstructions([ModelResults("one", {"reconstruction_exact": 1.0}, artifacts)])
    assert Words(html, ["same"]).lines[0] == [("identical", "span")]
    assert "100.0%" in html


def test_best_are_the_longest_kept_whole_and_worst_the_most_changed():
    captions = ["a b c", "a b c d e", "a b", "a b c d", "f g h i", "x y", "x y"]
    back = ["a b c", "a b c d e", "a b", "a b x d", "j k l i", "z z", "z z"]
    best, worst = best_and_worst(captions, back)
    assert [captions[place] for place in best] == [
        "a b c d e", "a b c", "a b", "a b c d", "f g h i"
    ]  # fmt: skip
    assert [captions[place] for place in worst] == ["x y", "f g h i", "a b c d"]


def test_artifacts_are_the_same_whatever_the_order_of_captions_and_the_batch(monkeypatch):
    def measured(captions, train):
        kept = EvaluationArtifacts()
        sampling = Sampling(12, num_sets=2)
        evaluate(
            random_vae(), captions, num_pairs=5, sampling=sampling, train=train, artifacts=kept
        )
        return kept

    once = measured(HELD_OUT, TRAIN)
    monkeypatch.setattr(likelihood, "BATCH", 7)
    turned = measured(HELD_OUT[::-1], TRAIN[::-1])
    assert list(turned.reconstructions)[::-1] == list(once.reconstructions)
    assert (turned.samples, turned.paths, turned.ends) == (once.samples, once.paths, once.ends)
    np.testing.assert_allclose(turned.kl_per_unit(), once.kl_per_unit(), rtol=1e-5)
    pages = [
        reconstructions([ModelResults("one", {}, kept)])
        + interpolations([ModelResults("one", {}, kept)])
        for kept in (once, turned)
    ]
    assert pages[0] == pages[1]


def test_artifacts_are_what_the_model_says():
    vae, kept = learned_vae(), EvaluationArtifacts()
    sampling = Sampling(7, temperature=1.0, num_sets=2)
    evaluate(vae, HELD_OUT, num_pairs=3, sampling=sampling, seed=4, artifacts=kept)
    assert list(kept.reconstructions) == vae.reconstruct(HELD_OUT)
    for prior in ("scene", "standard"):
        expected = vae.generate(7, temperature=1.0, seed=8, prior=prior)
        assert kept.samples[prior] == expected
    pairs = held_out_pairs(HELD_OUT, 3, 12)  # of the first of three sets
    assert kept.ends == [(HELD_OUT[a], HELD_OUT[b]) for a, b in pairs]
    for (first, last), way in zip(kept.ends, kept.paths, strict=True):
        assert list(way) == vae.interpolate(first, last)


# The command --------------------------------------------------------------------------------


def test_two_models_print_two_columns_and_one_model_one(folder):
    few = ("--num-samples", 0, "--num-pairs", 0, "--captions", folder / "held_out.txt")
    single = run_warm("evaluate", "--weights", saved_weights(), *few).out
    pair = ("--weights", saved_weights(), "--weights", saved_weights())  # of one name, too
    both = run_warm("evaluate", *pair, *few).out
    rows = [line.split("\t") for line in both.splitlines()]
    assert rows[0] == ["weights", "tiny (1)", "tiny (2)"]
    assert all(first == second for _, first, second in rows[1:])
    assert single.splitlines() == ["\t".join(row[:2]) for row in rows[1:]]
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize(("arguments", "pattern"), [
    (["--report", "held_out.txt"], "held_out.txt is a file; name a folder"),
    (["--weights", *"abcde"], "--weights takes at most 4 models, got 5"),
    (["--captions", "-", "--train", "-"], "- is standard input, which can be read only once"),
    (["--captions", "-", "-"], "- is standard input, which can be read only once"),
])  # fmt: skip
def test_what_makes_no_report_is_refused_at_once(folder, monkeypatch, arguments, pattern):
    monkeypatch.chdir(folder)
    said = run("evaluate", "--captions", "held_out.txt", *arguments)
    assert (said.status, said.out) == (2, "")
    assert re.search(pattern, said.err)
    assert len(said.err.strip().splitlines()) == 1


def results_of(text, tokenizer):
    """The results of a model with these settings and this vocabulary."""
    bundle = SimpleNamespace(model=random_vae().bundle.model, text=text)
    vae = SimpleNamespace(
        report={}, bundle=bundle, latent_dim=5, max_length=24, tokenizer=tokenizer,
        has_scenes=True,
    )  # fmt: skip
    return model_results_of(vae, "m", {"num_captions": 2}, EvaluationArtifacts())


@pytest.mark.parametrize(("text", "unit", "punctuation"), [
    (TextSettings(24), "words", "removed"),
    (TextSettings(24, True), "words", "kept"),
    (TextSettings(24, mode="plain"), "pieces", "kept"),
    (TextSettings(24, mode="tokens"), "tokens", "kept"),
])  # fmt: skip
def test_the_facts_of_a_model_are_in_its_own_units(text, unit, punctuation):
    facts = results_of(text, random_vae().tokenizer).facts
    assert facts["longest caption"] == f"24 {unit}"
    assert facts["vocabulary"].endswith(f" {unit}")
    assert facts["punctuation"] == punctuation


def test_vocabularies_of_one_size_that_differ_are_said_to():
    one, other = (
        results_of(TextSettings(24), Tokenizer(words)) for words in (["a", "dog"], ["a", "cat"])
    )
    assert "The vocabularies differ" in report_html([one, other], source="captions")
    assert "The vocabularies differ" not in report_html([one, one], source="captions")


def test_samples_of_a_prior_without_scenes_are_not_called_scenes():
    vae = beside(random_vae(), bundle_of(random_vae().model, former_prior()))
    kept = EvaluationArtifacts()
    found = evaluate(vae, some_captions(30), sampling=Sampling(5, num_sets=1), artifacts=kept)
    shown = model_results_of(vae, "m", found, kept)
    assert shown.samples_name("scene") == "language model"
    assert shown.samples_name("standard") == "standard prior"


def test_what_is_not_exact_is_not_said_to_be():
    artifacts = EvaluationArtifacts(
        captions=["a b", "c d e", "f g"], reconstructions=["a b", "c d x", "f y"]
    )
    page = reconstructions([ModelResults("m", {"reconstruction_exact": 1 / 3}, artifacts)])
    assert "The longest of the" not in page
    assert "33.3% are exact, 1 of these" in page


def test_held_out_lines_are_compared_with_their_repetitions():
    texts = ["a dog"] * 9 + ["a big cat"]
    kept = EvaluationArtifacts(captions=texts, samples={"standard": texts})
    held_out, samples = _equally_many([ModelResults("m", {}, kept)])
    assert sorted(held_out[1]) == sorted(samples[1]) == sorted(texts)
