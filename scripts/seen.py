r"""Let an existing weights folder tell which captions it was trained on.

python -m scripts.seen weights/lines --captions my_lines.txt
python -m scripts.seen weights/coco --captions captions_train.json \
    --validation captions_validation.json
python -m scripts.seen weights/elephant --captions captions_train.json \
    --validation captions_validation.json --instances instances_train.json

`train` does this by itself at its end; this is for weights that were trained before it did. The
captions are selected as the recipe in the folder's report.json says.
"""

import argparse
import sys
from pathlib import Path

import textvae
from textvae.config import Recipe
from textvae.errors import BadInput
from textvae.quiet import import_tensorflow
from textvae.seen import NAME, Seen


def main() -> None:
    """Write the folder anew, with `seen.safetensors`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--captions", nargs="+", required=True, help="as given to train")
    parser.add_argument("--validation", help="as given to train")
    parser.add_argument("--instances", nargs="+", default=[], help="as given to train")
    arguments = parser.parse_args()
    try:
        seen = remember_captions(
            arguments.folder, arguments.captions, arguments.validation, arguments.instances
        )
    except BadInput as error:
        print(f"textvae: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    size = (arguments.folder / NAME).stat().st_size
    print(f"{arguments.folder}: {seen.num_captions:,} captions in {size:,} bytes")


def remember_captions(
    folder: Path, captions: list[str], validation: str | None, instances: list[str]
) -> Seen:
    """Select the training captions as the folder's recipe says, and add their filter."""
    import_tensorflow()
    from textvae import storage, training

    stored = storage.load(folder)
    if "recipe" not in stored.report:
        raise BadInput(f"{folder / 'report.json'} has no recipe; has its training finished?")
    data = {**stored.report["recipe"]["data"], "captions": captions, "instances": instances}
    raw = {**stored.report["recipe"], "data": {**data, "validation": validation}}
    recipe = Recipe.from_dict(raw, str(folder / "report.json"))
    train = training.read_parts(recipe).train
    before = storage.load(textvae.locate(recipe.init_from)).seen if recipe.init_from else None
    seen = Seen.of(train.texts, before)
    training.remember(stored, seen)
    storage.save(stored, folder)
    return seen


if __name__ == "__main__":
    main()
