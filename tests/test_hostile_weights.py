"""Weights from elsewhere that mean harm, each folder with a manifest that fits it."""

import json
import re
import sys

import pytest
from runs import unbroken
from verbs import start

from benchmarks.faults.hostile import HARMS, MEMORY, harmed, is_one_line
from textvae.errors import BadInput
from textvae.saving import weights_folder

LARGE = re.compile("MB|million|bomb")  # which take seconds to write; the benchmark has all
# Loads a good folder, then others; prints what each says and the most memory so far.
LOAD = """
import json, resource, sys
from pathlib import Path
from textvae.errors import BadInput
from textvae.saving import weights_folder
results = []
for folder in sys.argv[1:]:
    try:
        weights_folder.load(Path(folder))
        said = ""
    except BadInput as error:
        said = str(error)
    results.append((said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
print(json.dumps(results))
"""


@pytest.mark.parametrize("name", [name for name in HARMS if not LARGE.search(name)])
def test_a_hostile_folder_is_refused_in_one_short_line(name, tmp_path):
    folder = harmed(unbroken()[0], tmp_path / "weights", name)
    with pytest.raises(BadInput) as caught:
        weights_folder.load(folder)
    assert is_one_line(str(caught.value)), str(caught.value)[:1000]


def test_what_would_fill_the_memory_is_refused_before_it_does(tmp_path):
    good = unbroken()[0]
    names = [
        "sizes of 16384",
        "sizes of 16384 in the prior",
        "a vocabulary of 10 million words",
        "a vocabulary of NULs",
        "a header of a million arrays",
        "a map of 40 million lines in 16 bits",
        "a former map that broadcasts",
        "a large array that is no weight",
        "two million lists in report.json",
    ]
    folders = [harmed(good, tmp_path / str(i), name) for i, name in enumerate(names)]
    process = start(good, *folders, program=(sys.executable, "-c", LOAD))
    out, err = process.communicate()
    assert process.returncode == 0, err
    (said, usual), *others = json.loads(out)
    assert said == ""
    for name, (said, kilobytes) in zip(names, others, strict=True):
        assert is_one_line(said), name
        assert kilobytes < MEMORY * usual, name
