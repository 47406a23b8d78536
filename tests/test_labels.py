"""Labels of lines: told by codes, moved towards, drawn, kept in a file and shown on the map."""

import numpy as np
import pytest
from tiny import (
    CAPTIONS,
    as_random,
    count_cleaned_and_encoded,
    some_captions,
)

from textvae.data.caption_set import Caption, Captions
from textvae.errors import BadInput
from textvae.latent.labels import Labels, fit_labels, from_arrays
from textvae.latent.traversal import STEPS, STRENGTHS
from textvae.pipeline import PART
from textvae.saving import weights_folder
from textvae.training.learned_labels import label_facts, learn_labels
from textvae.web.rendering.towards import towards
from textvae.web.service import Service
from textvae.web.towards import moves

RNG = np.random.default_rng(0)
SPREAD = np.array([[2.0, 0.6], [0.6, 0.5]])  # of the codes of each label, which both share


def clouds(count):
    """Codes of two labels: normal, with one covariance, round two means."""
    labels = ["bad", "good"] * (count // 2)
    means = np.array([[0.0, 0.0], [1.5, -1.0]])
    drawn = RNG.multivariate_normal([0.0, 0.0], SPREAD, size=len(labels))
    return labels, means[np.arange(len(labels)) % 2] + drawn, means


@pytest.fixture(scope="module")
def two_labels():
    """An untrained model, and names for captions that its codes tell apart."""
    vae = as_random()
    codes = vae.encode(CAPTIONS)
    return vae, np.where(codes[:, 0] > np.median(codes[:, 0]), "high", "low").tolist()


@pytest.fixture
def model(two_labels):
    """The same; what a test adds to it is taken away."""
    yield two_labels
    two_labels[0].bundle.labels = two_labels[0].bundle.latent_map = None


@pytest.fixture
def labelled(model):
    """The same with these names for labels."""
    vae, names = model
    vae.bundle.labels = fit_labels(names, vae.encode(CAPTIONS))
    return vae, names


def test_codes_are_told_apart_as_well_as_normal_distributions_can_be():
    labels, codes, means = clouds(20_000)
    found = fit_labels(labels, codes)
    held_out, held_out_codes, _ = clouds(20_000)
    right = np.mean(
        [found.names[k] for k in found.predict(held_out_codes)] == np.array(held_out)
    )
    # The best possible rule: the nearer mean, by the distance of Mahalanobis.
    inverse = np.linalg.inv(SPREAD)
    squares = [np.einsum("nd,de,ne->n", x, inverse, x) for x in held_out_codes - means[:, None]]
    best = np.mean(np.where(squares[1] < squares[0], "good", "bad") == np.array(held_out))
    assert best - 0.005 < right <= best + 0.005
    nearer = np.linalg.norm(held_out_codes[:, None] - means, axis=2).argmin(axis=1)
    assert np.mean(np.array(["bad", "good"])[nearer] == held_out) < right - 0.02


def test_a_move_goes_from_the_mean_of_its_own_label_to_the_other():
    found = Labels(
        ("a", "b"), np.array([[0.0, 1.0], [4.0, 3.0]]), np.array([[0, 1], [0, 0], [2, 0]])
    )
    assert found.predict(np.array([[1.0, 9.0], [3.0, 9.0]])).tolist() == [0, 1]
    moved = found.move(np.array([[1.0, 9.0], [3.0, 9.0]]), 1, 0.5)
    assert moved.tolist() == [[3.0, 10.0], [3.0, 9.0]]  # the second is there already


def test_labels_are_the_same_after_a_folder(labelled, tmp_path):
    vae, _ = labelled
    vae.bundle.labels = vae.bundle.labels._replace(recall=0.75)
    vae.save(tmp_path / "copy")
    read, made = weights_folder.load(tmp_path / "copy").labels, vae.bundle.labels
    assert read.names == made.names == ("high", "low")
    assert read.recall == 0.75
    for mine, theirs in zip(read[1:], made[1:], strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays, metadata: arrays.pop("means"),
        lambda arrays, metadata: arrays.update(means=np.zeros((2, 3), np.float32)),
        lambda arrays, metadata: arrays.update(weights=np.full((3, 2), np.nan, np.float32)),
        lambda arrays, metadata: metadata.clear(),
        lambda arrays, metadata: metadata.update(labels="[]"),
        lambda arrays, metadata: metadata.update(labels="[" * 100_000),
        lambda arrays, metadata: metadata.update(labels='{"names": ["a", "a"], "recall": 1}'),
        lambda arrays, metadata: metadata.update(labels='{"names": ["a", 2], "recall": 1}'),
        lambda arrays, metadata: metadata.update(labels='{"names": ["a", "b"], "recall": "x"}'),
        lambda arrays, metadata: metadata.update(
            labels='{"names": ["a", "\\u001b[2J"], "recall": 1}'
        ),
        lambda arrays, metadata: metadata.update(
            labels='{"names": ["a", "b"], "recall": 1' + "0" * 400 + "}"
        ),
    ],
)
def test_a_file_that_holds_no_labels_is_refused(change):
    arrays, metadata = fit_labels(["a", "b"], np.eye(2)).arrays()
    change(arrays, metadata)
    with pytest.raises(BadInput, match="folder/labels does not hold the labels"):
        from_arrays(arrays, metadata, 2, "folder/labels")


def test_a_caption_moves_towards_a_label_until_it_shows_it(labelled, monkeypatch):
    vae, names = labelled
    codes, label_of = vae.encode(CAPTIONS), dict(zip(CAPTIONS, names, strict=True))

    def nearest(moved):
        """The caption whose code is nearest: what a perfect decoder would write."""
        return [CAPTIONS[((codes - code) ** 2).sum(axis=1).argmin()] for code in moved]

    monkeypatch.setattr(vae, "decode", nearest)
    low = [caption for caption in CAPTIONS if label_of[caption] == "low"]
    moved = vae.moved_to_label(low, 0)
    shown = vae.label_of(moved)
    assert shown.count("high") > 0.9 * len(low) > 0.5 * len(low) > shown.count("low")
    labels, [start] = vae.bundle.labels, vae.encode(low[:1])
    path = nearest([labels.move(start[None], 0, strength)[0] for strength in STEPS])
    shows = [label == "high" for label in vae.label_of(path)]
    assert vae.towards(low[0], "high") == path[shows.index(True)]  # and no further
    monkeypatch.setattr(vae, "decode", lambda code: nearest([code])[0])
    assert vae.towards(low[0], "high", strength=STRENGTHS[2]) == path[3]
    with pytest.raises(
        BadInput, match="no label 'middle'; the labels of this model are: high, low"
    ):
        vae.towards(low[0], "middle")


def test_a_label_is_found_however_its_letters_are_encoded():
    """A terminal types an accent with its letter, a file of a Mac may have it apart."""
    for kept in ("\u00e9t\u00e9", "e\u0301te\u0301"):
        found = fit_labels(["hiver", kept], np.eye(2))
        for name in ("\u00e9t\u00e9", "e\u0301te\u0301"):
            assert found.names[found.index_of(name)] == kept


def test_captions_of_a_label_are_those_of_the_stream_that_show_it(labelled):
    vae, _ = labelled
    found = vae.generate(6, seed=3, label="high")
    stream = [text for text in vae.generate(2 * PART, seed=3) if text]
    labels = vae.label_of(stream)
    assert 6 <= labels.count("high") < len(labels)
    shown = [text for text, label in zip(stream, labels, strict=True) if label == "high"]
    assert found == shown[:6]
    assert vae.generate(2, seed=3, label="high", first=4) == shown[4:6]
    with pytest.raises(BadInput, match="no label 'none'"):
        vae.generate(1, label="none")


def test_a_label_that_is_hardly_ever_written_is_given_up(labelled):
    vae, _ = labelled
    drawn = 0

    def parts():
        nonlocal drawn
        while True:
            drawn += 100
            yield ["a dog runs"] * 100

    vae.bundle.labels = vae.bundle.labels._replace(
        weights=np.array([[0.0, 0.0]] * vae.latent_dim + [[0.0, 1.0]])
    )
    with pytest.raises(BadInput, match="of 1,000 captions drawn, 0 show the label 'high'"):
        list(vae.with_label(parts(), "high"))
    assert drawn == 1000


def test_a_model_without_labels_says_so(model):
    vae, _ = model
    assert vae.labels == ()
    for ask in (lambda: vae.label_of("a dog"), lambda: vae.generate(1, label="high")):
        with pytest.raises(BadInput, match="have no labels; train with --label-column"):
            ask()


def test_the_map_of_a_model_with_labels_has_them_for_kinds(labelled):
    vae, _ = labelled
    found = vae.make_map(60)
    assert (found.names, found.has_labels) == (("high", "low"), True)
    shown = [found.names[kind] for kind in found.kinds]
    assert shown == vae.label_of(list(found.captions))


def test_the_page_has_a_slider_for_each_label_that_the_sentence_does_not_show(
    labelled, monkeypatch
):
    vae, names = labelled
    vae.bundle.labels = vae.bundle.labels._replace(kept=np.array([0.9, 0.7], np.float32))
    service = Service(load=lambda name: vae, shipped=["tiny"])
    low = CAPTIONS[names.index("low")]
    service.reconstruct("tiny", low)
    _, encoded = count_cleaned_and_encoded(vae, monkeypatch)
    found = moves(service, "tiny", low)
    assert 1 not in encoded  # but what was written on the way
    back = vae.reconstruct(low)
    for move in found:
        assert (move.name, move.captions[0], len(move.captions)) == ("high", back, 8)
        assert vae.label_of(move.captions[move.arrival]) == "high"
        text = towards(found)
        assert "<b>high</b>" in text
        assert "90%" in text
    labels, code = vae.bundle.labels, vae.encode(low)
    path = vae.decode(np.stack([labels.move(code[None], 0, each)[0] for each in STRENGTHS]))
    assert bool(found) is ("high" in vae.label_of(path))
    high = CAPTIONS[names.index("high")]
    assert moves(service, "tiny", high) == ()  # the other label is too seldom reached


def lines(texts, labels):
    captions = [Caption(text, text, label) for text, label in zip(texts, labels, strict=True)]
    return Captions(tuple(captions), len(captions), {})


def test_labels_that_codes_tell_are_learned_and_others_are_left_out(model, caplog):
    vae, names = model
    train = lines([*CAPTIONS[:120], "qqq"], [*names[:120], "high"])  # a word unknown to it
    held_out = lines([*CAPTIONS[120:], "qqq"], [*names[120:], "low"])
    found = learn_labels(vae, train, held_out)
    assert found.names == ("high", "low")
    assert found.recall > 0.75
    facts = label_facts(found, train)["labels"]
    assert facts["lines"] == {
        "high": names[:120].count("high") + 1,
        "low": names[:120].count("low"),
    }
    assert facts["moved"] == {
        name: pytest.approx(share, abs=0.01)
        for name, share in zip(found.names, found.kept, strict=True)
    }
    texts = some_captions(180)
    at_random = RNG.permutation(["odd", "even"] * 90).tolist()
    half = lines(texts[:90], at_random[:90]), lines(texts[90:], at_random[90:])
    assert learn_labels(vae, *half) is None
    assert "barely separate the labels" in caplog.text
    assert learn_labels(vae, lines(texts, [""] * 180), held_out) is None


def test_labels_that_cannot_be_tried_or_learned_are_left_out_with_the_true_reason(
    model, caplog
):
    vae, names = model
    train = lines(CAPTIONS[:120], names[:120])
    assert learn_labels(vae, train, lines(CAPTIONS[120:], [""] * 60)) is None
    assert "no held-out line has one of the labels" in caplog.text
    assert "barely separate" not in caplog.text
    one = lines(CAPTIONS[:120], ["ham"] * 120)
    assert learn_labels(vae, one, lines(CAPTIONS[120:], names[120:])) is None
    assert "have fewer than two labels" in caplog.text


def test_a_label_that_is_too_long_is_left_out_with_a_warning(model, caplog):
    vae, names = model
    train = lines([*CAPTIONS[:120], "a dog"], [*names[:120], "x" * 101])
    assert learn_labels(vae, train, lines(CAPTIONS[120:], names[120:])).names == ("high", "low")
    assert "labels dropped: 1; a label has at most 100 printable characters" in caplog.text


def test_a_file_of_more_labels_than_a_map_can_tell_apart_is_refused():
    for count, is_taken in ((256, True), (257, False)):
        made = fit_labels([f"label {n}" for n in range(count)], RNG.normal(size=(count, 2)))
        if is_taken:
            assert len(from_arrays(*made.arrays(), 2, "file").names) == count
            continue
        with pytest.raises(BadInput, match="does not hold the labels"):
            from_arrays(*made.arrays(), 2, "file")
