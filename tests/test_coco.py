import json
import zipfile

import pytest
from captions_files import COCO, INSTANCES, write

from textvae.data.readers.coco import images_showing
from textvae.errors import BadInput


@pytest.mark.parametrize(
    ("category", "groups"),
    [
        ("elephant", {"coco:8"}),
        ("people", {"coco:9"}),
        ("Wine  glasses", {"coco:9"}),
    ],
)
def test_a_category_may_be_given_in_the_singular_or_the_plural(tmp_path, category, groups):
    images = images_showing(category, [write(tmp_path / "i.json", INSTANCES)])
    assert images.showing == groups
    assert images.known == {"coco:7", "coco:8", "coco:9"}


def test_several_instances_files_are_joined(tmp_path):
    more = INSTANCES | {
        "images": [{"id": 3}],
        "annotations": [{"image_id": 3, "category_id": 22}],
    }
    files = [write(tmp_path / "a.json", INSTANCES), write(tmp_path / "b.json.gz", more)]
    images = images_showing("elephant", files)
    assert images.showing == {"coco:8", "coco:3"}
    assert images.known == {"coco:3", "coco:7", "coco:8", "coco:9"}


@pytest.mark.parametrize(
    ("category", "message"),
    [
        ("elefant", "no COCO category 'elefant'; did you mean elephant"),
        ("qqq", "no COCO category 'qqq'; there are, for example, elephant, person, wine glass"),
    ],
)
def test_an_unknown_category_is_answered_with_known_ones(tmp_path, category, message):
    file = write(tmp_path / "i.json", INSTANCES)
    with pytest.raises(BadInput, match=message):
        images_showing(category, [file])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (COCO, "i.json holds COCO captions, not instances"),
        (
            INSTANCES | {"categories": [{"id": 1}]},
            "i.json .* each of its 'categories' needs 'id' and",
        ),
        (
            INSTANCES | {"categories": [{"id": 1, "name": 5}]},
            "i.json .* each of its 'categories' needs 'id' and",
        ),
        (INSTANCES | {"annotations": [5]}, "i.json .* each of its 'annotations' needs"),
        (
            INSTANCES | {"annotations": [{"image_id": 7, "category_id": [1]}]},
            "i.json .* each of its 'annotations' needs",
        ),
    ],
)
def test_instances_that_are_not_instances_are_refused(tmp_path, content, message):
    file = write(tmp_path / "i.json", content)
    with pytest.raises(BadInput, match=message):
        images_showing("elephant", [file])


def test_each_file_has_its_own_ids_of_categories(tmp_path):
    other = {
        "images": [{"id": 3}, {"id": 4}],
        "categories": [{"id": 22, "name": "bus"}, {"id": 5, "name": "elephant"}],
        "annotations": [{"image_id": 3, "category_id": 22}, {"image_id": 4, "category_id": 5}],
    }
    a, b = write(tmp_path / "a.json", INSTANCES), write(tmp_path / "b.json", other)
    for files in ([a, b], [b, a]):
        assert images_showing("elephant", files).showing == {"coco:8", "coco:4"}


@pytest.mark.parametrize("name", ["wall-brick", "wall_brick", "Wall Brick"])
def test_a_category_is_found_by_the_name_that_its_file_has(tmp_path, name):
    named = INSTANCES | {"categories": [{"id": 22, "name": name}]}
    assert images_showing(name, [write(tmp_path / "i.json", named)]).showing == {"coco:8"}


def test_instances_may_be_in_an_archive_of_several_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("annotations/captions.json", json.dumps(COCO))
        archive.writestr("annotations/instances.json", json.dumps(INSTANCES))
    file = tmp_path / "a.zip" / "annotations" / "instances.json"
    assert images_showing("elephant", [file]).showing == {"coco:8"}
