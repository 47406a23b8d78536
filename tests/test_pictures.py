"""Pictures of what links show: their shapes, as SVG and as PNG."""

import io
import re
import unicodedata
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from fake_pipeline import FakePipeline, fake_map
from PIL import Image, ImageFont

from textvae.report.fonts import FONTS
from textvae.web.grid import fill_grid
from textvae.web.pictures import drawing as drawing_module
from textvae.web.pictures.contents import Content, Row, content_of, writable
from textvae.web.pictures.drawing import PAPER, Dot, Drawing, Text, can_write, wrap
from textvae.web.pictures.layout import MAP_SIZE, card, picture
from textvae.web.pictures.png import to_png
from textvae.web.pictures.svg import to_svg
from textvae.web.service import Service
from textvae.web.validation import visible

SVG = "{http://www.w3.org/2000/svg}"
TABS = ("reconstruct", "map", "interpolate", "grid", "sum", "generate", "about")


@pytest.fixture(scope="module")
def service():
    return Service(load=FakePipeline, shipped=["coco"])


def texts(drawing):
    return " ".join(each.text for each in drawing.shapes if isinstance(each, Text))


def test_lines_are_as_long_as_fits_and_no_longer():
    face = ImageFont.truetype(FONTS[False], 40)
    words = [
        "a",
        "man",
        "riding",
        "a",
        "wave",
        "on",
        "top",
        "of",
        "a",
        "surfboard",
        "in",
        "the",
        "ocean",
    ]
    lines = wrap(" ".join(words), 40, 300)
    assert " ".join(lines).split() == words
    assert all(face.getlength(line) <= 301 for line in lines)
    for line, following in zip(lines, lines[1:], strict=False):
        assert face.getlength(f"{line} {following.split()[0]}") > 299
    assert "".join(wrap("w" * 99, 40, 300)) == "w" * 99  # cut, with nothing lost


def test_a_character_without_a_letter_in_the_font_is_known():
    assert can_write("A café, “−½”")
    assert not can_write("一只狗")
    assert not can_write("a dog 🐶")
    rows = [Row("一只狗"), Row("a dog")]
    assert [row.text for row in writable(Content("coco", rows)).rows] == ["a dog"]
    assert writable(Content("coco", rows[:1])).rows[0].text == "textvae"


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_has_a_card_and_a_picture(service, tab):
    content = content_of(service, {"tab": tab, "caption": "a dog", "pin": "a red bus"})
    image = Image.open(io.BytesIO(to_png(card(content))))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    colours = image.convert("RGB").getcolors(1 << 20)
    assert len(colours) > 50
    root = ElementTree.fromstring(to_svg(picture(content)))
    assert root.tag == f"{SVG}svg"
    written = " ".join(each.text for each in root.iter(f"{SVG}text"))
    for caption in [row.text for row in content.rows] or content.cells:
        assert set(caption.split()) <= set(written.split())


@pytest.mark.parametrize("tab", TABS)
def test_nothing_lies_outside_of_a_picture_and_no_line_on_another(service, tab):
    content = content_of(service, {"tab": tab, "caption": "a dog", "pin": "a red bus"})
    for drawing in (card(content), picture(content)):
        boxes = []
        for each in drawing.shapes:
            if isinstance(each, Dot):
                assert 0 < each.x < drawing.width
                assert 0 < each.y < drawing.height
            elif isinstance(each, Text) and len(each.text) > 1:
                face = ImageFont.truetype(FONTS[each.is_bold], each.size)
                right = each.x + face.getlength(each.text)
                assert right < drawing.width
                boxes.append((each.x, each.y - each.size * 0.7, right, each.y))
        for a, b in combinations(boxes, 2):
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert max(box[3] for box in boxes) < drawing.height


def test_a_sum_is_written_out_and_marked_on_the_map(service):
    content = content_of(service, {"tab": "sum"})
    assert [row.sign for row in content.rows] == ["", "−", "+", "="]
    shapes = card(content).shapes
    points = fake_map().points.astype(float)
    found = np.array([(each.x, each.y) for each in shapes if isinstance(each, Dot)])
    dots = found[: len(points)]
    across = np.corrcoef(dots[:, 0], points[:, 0])[0, 1]
    up = np.corrcoef(dots[:, 1], points[:, 1])[0, 1]
    assert across > 0.999
    assert up < -0.999
    assert len(found) == len(points) + 4 + 1  # A, B, C, the sum, and the mark of the page
    assert np.ptp(dots, axis=0).max() <= MAP_SIZE


def test_a_picture_of_a_dot_is_headed_by_its_caption(service):
    x, y = fake_map().points[7].astype(float).round(3)
    content = content_of(service, {"tab": "map", "place": f"{x:g},{y:g}"})
    assert content.rows[0].text == fake_map().captions[7]


def test_a_saved_grid_has_all_cells_and_its_card_every_third(service):
    cells = fill_grid(
        service, "coco", "a dog", "a cat", "a red bus", "an elephant in the water"
    ).captions
    content = Content("coco", cells=cells)
    assert len(re.findall(r"<rect", to_svg(picture(content)))) == 49 + 1
    shown = texts(card(content))
    assert all(cells[i].split()[-1] in shown for i in (0, 3, 6, 21, 24, 27, 42, 45, 48))


def test_a_caption_is_inert_in_svg_and_control_characters_are_left_out():
    drawing = Drawing(90, 40, [Text(1, 9, "a <script>&\x00\x08 'b'", 9)])
    [text] = ElementTree.fromstring(to_svg(drawing)).iter(f"{SVG}text")
    assert text.text == "a <script>& 'b'"


def test_the_joiners_of_persian_words_and_of_emoji_are_kept():
    line = "می\u200cخواهم 👨\u200d👧"
    svg = to_svg(Drawing(90, 40, [Text(1, 9, line, 9)]))
    [text] = ElementTree.fromstring(svg).iter(f"{SVG}text")
    assert text.text == visible(line) == line


def test_a_dot_in_a_png_is_where_and_what_it_should_be():
    image = Image.open(io.BytesIO(to_png(Drawing(60, 40, [Dot(20, 10, 6, "#0f766e")]))))
    assert image.getpixel((20, 10)) == (0x0F, 0x76, 0x6E)
    assert "#{:02x}{:02x}{:02x}".format(*image.getpixel((40, 30))) == PAPER


def test_characters_that_the_font_lacks_have_the_room_that_they_take():
    lines = wrap("秋分一夜停，陰魄最晶熒。" * 3, 16, 153)
    assert all(len(line) * 16 <= 153 for line in lines)
    shapes = picture(Content("poems", [Row("秋分一夜停", note="0.52")])).shapes
    text, note = [each for each in shapes if isinstance(each, Text)][:2]
    assert note.x >= text.x + len(text.text) * text.size


@pytest.mark.parametrize(
    ("line", "direction"), [("כלב רץ.", "rtl"), ("2 كلاب.", "rtl"), ("a dog.", None)]
)
def test_a_picture_sets_each_line_in_its_direction(line, direction):
    svg = to_svg(Drawing(90, 40, [Text(1, 9, line, 9)]))
    [text] = ElementTree.fromstring(svg).iter(f"{SVG}text")
    assert text.get("direction") == direction


def test_a_long_word_is_cut_without_measuring_it_again_and_again(monkeypatch):
    measured, width_of = [], drawing_module.width_of

    def counted(text, *settings):
        measured.append(len(text))
        return width_of(text, *settings)

    monkeypatch.setattr(drawing_module, "width_of", counted)
    word = "ffi" * 130
    lines = wrap(word, 42, 544, True)
    assert "".join(lines) == word
    for line, following in pairwise(lines):
        assert width_of(line, 42, True) <= 544 < width_of(line + following[0], 42, True)
    assert sum(measured) < 20_000  # a quarter of a million, were every length tried


def test_a_long_word_is_not_cut_between_a_letter_and_its_sign():
    line = "ภาษาไทยไม่มีช่องว่างระหว่างคำ" * 3
    lines = wrap(line, 16, 90)
    assert "".join(lines) == line
    assert not any(unicodedata.category(each[0])[0] == "M" for each in lines)
    family = "👨\u200d👩\u200d👧"
    assert wrap(family * 4, 16, 90) == [family] * 4
    signs = "a" + 99 * "\u0301"  # too many for a line, and cut after all
    assert "".join(wrap(signs, 16, 90)) == signs
    assert len(wrap(signs, 16, 90)) < 30


@pytest.mark.parametrize("is_grid", [False, True])
def test_each_line_of_a_caption_has_the_direction_of_the_whole(is_grid):
    caption = ("هاتف " * 12 + "iPhone 14 Pro Max " * 20).strip()
    content = (
        Content("mine", cells=[caption] * 9) if is_grid else Content("mine", [Row(caption)])
    )
    found = ElementTree.fromstring(to_svg(picture(content))).iter(f"{SVG}text")
    directions = [text.get("direction") for text in found]
    assert len(directions) > 4
    assert set(directions[:-2]) == {"rtl"}  # the last two are the names of page and model
