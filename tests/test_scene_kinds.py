"""Kinds of scene, by the words of captions."""

from textvae.latent.scene_kinds import find_kinds

# What a person would call them; none is from any data set.
LABELLED = {
    "two boys kick a soccer ball over a wall": "ball",
    "the woman waits with her tennis racket": "ball",
    "a surfer falls off a huge wave": "boards",
    "a child on skis holds both poles": "boards",
    "three giraffes look into a tent": "animals",
    "the cow and the man share an umbrella": "animals",
    "a kitten hides in a red shoe": "pets",
    "a bowl of soup next to a spoon": "food",
    "someone washes socks in the sink": "kitchen",
    "a lamp shines on an empty desk": "rooms",
    "an old tram passes the church": "street",
    "a girl rides her bicycle home": "street",
    "a canoe is pulled to the shore": "water",
    "tents under tall trees": "land",
    "a man smiles at the crowd": "people",
    "blurry shapes and bright spots": "other",
}


def kinds_of(captions):
    names, kinds = find_kinds(captions)
    return [names[kind] for kind in kinds]


def test_kinds_are_what_a_person_calls_them():
    assert kinds_of(list(LABELLED)) == list(LABELLED.values())


def test_a_kind_that_nearly_all_are_of_gives_way_to_those_below_it():
    captions = ["elephants in a river", "elephants behind a fence", "an elephant and a man"] * 9
    assert kinds_of(captions) == ["water", "enclosure", "people"] * 9


def test_a_kind_too_rare_to_be_seen_is_other():
    captions = [*["a dog runs"] * 90, *["a pizza cools"] * 90, "a tennis court"]
    assert kinds_of(captions)[-1] == "other"
    assert find_kinds(captions)[0] == ("pets", "food", "other")


def test_captions_the_table_knows_nothing_of_are_grouped_by_their_own_words():
    captions = [f"{piece} takes {n}" for n in range(40) for piece in ("the queen", "a pawn")]
    assert set(kinds_of(captions)) == {"queen", "pawn"}


def test_a_kind_is_not_named_by_punctuation():
    captions = [*["甲，乙"] * 20, *["丁，戊"] * 20, *["丙"] * 60]
    assert "，" not in find_kinds(captions)[0]
