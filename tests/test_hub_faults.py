"""Loading a model while something is wrong, in as many ways as we could think of.

Each fault has a server and a process of its own, and they run side by side: what counts is
that each ends in time, with one sentence that is true, or with the model. Where the cache has a
copy, that is loaded instead, with the same sentence as its notice.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from hub_client import DEADLINE, FOREIGN, assert_matches, fetch, whole
from hub_faults import FAULTS, NEWER
from hubserver import HubServer

AT_ONCE = 8
IN_TIME = DEADLINE + 5  # seconds; 5 for a busy machine


@pytest.fixture(scope="module")
def cached(tmp_path_factory):
    """A cache with me/warm in it, and the commit of that."""
    home = tmp_path_factory.mktemp("warm")
    with HubServer() as server:
        commit = server.add("me/warm", whole())
        [answer] = fetch(["hf://me/warm"], server.url, home)
    assert not answer["error"]
    return home, commit


@pytest.fixture(scope="module")
def answers(cached, tmp_path_factory):
    """What loading gave, by the name of the fault: the model's answer and that of the copy."""

    def load(name):
        fault, home = FAULTS[name], tmp_path_factory.mktemp("cache") / "home"
        shutil.copytree(cached[0], home, symlinks=True)
        with HubServer(token="hf_right") as server:
            server.add("me/model", {**whole(), **FOREIGN})
            server.add("me/warm", whole(NEWER))
            options = {"url": server.url, **(fault.arrange(server) or {})}
            if damaged := options.pop("poison", ""):
                [path] = home.glob(f"hub/models--*/snapshots/*/{damaged}")
                path.write_bytes(b"poison" * 100)
            sources = [
                fault.source,
                *(["hf://me/warm"] if fault.kind and fault.has_copy else []),
            ]
            found = fetch(sources, options.pop("url"), home, **options)
        assert not list(home.rglob("*.incomplete"))
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {name: pool.submit(load, name) for name in FAULTS}
        yield futures


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_in_time_with_a_sentence_that_is_true(name, answers, cached):
    fault = FAULTS[name]
    answer, *copies = answers[name].result()
    assert answer["seconds"] < IN_TIME
    assert answer["stderr"].count("\n") <= 1 + len(copies)  # what is fetched; no remarks
    if fault.kind:
        assert (answer["kind"], answer["error"].count("\n")) == (fault.kind, 0)
        assert_matches(answer["error"], fault.sentence)
    else:
        assert (answer["error"], answer.get("notice")) == ("", "")
    for copy in copies:
        assert (copy["error"], copy["revision"]) == ("", cached[1])
        assert_matches(copy["notice"], "using the cached copy of hf://me/warm ")
        assert_matches(copy["notice"], fault.sentence)
        assert copy["seconds"] < IN_TIME


def test_a_copy_that_is_used_offline_is_used_without_a_word(answers, cached):
    [answer] = answers["offline, with a copy"].result()
    assert (answer["revision"], answer["stderr"]) == (cached[1], "")
