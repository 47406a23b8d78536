"""JSON read entry by entry, against the whole of it parsed by `json`."""

import io
import json
import random

import pytest

from textvae.data.readers.json_items import read_items
from textvae.errors import BadInput


@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_of_many_pieces_gives_the_same_entries(indent):
    rng = random.Random(0)
    entries = [
        {"id": n, "text": rng.choice('a\u00e9\u72ac"\\\n ') * rng.randrange(3000)}
        for n in range(4000)
    ]
    text = json.dumps(
        {"info": {"n": 1}, "annotations": entries}, indent=indent, ensure_ascii=False
    )
    assert len(text) > 5_000_000
    found = list(read_items(io.StringIO(text), "x.json"))
    assert found == [
        ("info", {"n": 1}),
        *(("annotations", each) for each in json.loads(text)["annotations"]),
    ]


@pytest.mark.parametrize(
    "text", ["[1, 2", '{"a": [1,}', "[1 2]", '{"a" 1}', "[1] 2", "{1: 2}", '"a"', "[tru]"]
)
@pytest.mark.parametrize("num_lines", [0, 3_000_000])
def test_what_is_wrong_is_named_with_its_line(text, num_lines):
    with pytest.raises(
        BadInput, match=rf"is not valid JSON: .*line {num_lines + 1} column \d+;"
    ):
        list(read_items(io.StringIO("\n" * num_lines + text), "x.json"))
