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
