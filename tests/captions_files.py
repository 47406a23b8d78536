"""COCO files and captions for tests, and writing them."""

import gzip
import json

from textvae.data.caption_set import Caption, Captions

COCO = {
    "annotations": [
        {"id": 1, "image_id": 7, "caption": "An Elephant, walking.  "},
        {"id": 2, "image_id": 7, "caption": "Two elephants walk"},
        {"id": 3, "image_id": 8, "caption": "A bus\u2019s window."},
        {"id": 4, "image_id": 9, "caption": "Glasses of wine beside a wine-glass"},
    ]
}
INSTANCES = {
    "images": [{"id": 7}, {"id": 8}, {"id": 9}],
    "categories": [
        {"id": 22, "name": "elephant"},
        {"id": 46, "name": "wine glass"},
        {"id": 1, "name": "person"},
    ],
    "annotations": [
        {"image_id": 8, "category_id": 22, "segmentation": [[1.0, 2.0]]},
        {"image_id": 9, "category_id": 46},
        {"image_id": 9, "category_id": 1},
    ],
}


def write(path, content):
    """`content` as JSON unless it is text or bytes; packed if `path` ends in .gz."""
    if not isinstance(content, str | bytes):
        content = json.dumps(content)
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def of_lines(*texts):
    return Captions(tuple(Caption(f"text:{text}", text) for text in texts), len(texts), {})


def of_images(num_images, per_image=3):
    pairs = [
        Caption(f"coco:{i}", f"{i} {j}") for i in range(num_images) for j in range(per_image)
    ]
    return Captions(tuple(pairs), len(pairs), {})
