from collections import Counter, defaultdict

from oracles import grams, real_looking

from textvae.metrics.ngrams import count_ngrams, distinct_share

CAPTIONS = [*real_looking(80, seed=0), "", "man"]


def test_counts_are_those_of_a_counter_over_each_caption():
    """For each n-gram the captions that have it and how often, whatever its number is."""
    for length, found in enumerate(count_ngrams(CAPTIONS, 5), 1):
        by_gram, by_id = defaultdict(dict), defaultdict(dict)
        for place, text in enumerate(CAPTIONS):
            for gram, count in Counter(grams(text, length)).items():
                by_gram[gram][place] = count
        for place, number, count in zip(*(each.tolist() for each in found), strict=True):
            by_id[number][place] = count
        assert sorted(by_id) == list(range(len(by_gram)))
        assert sorted(sorted(each.items()) for each in by_id.values()) == sorted(
            sorted(each.items()) for each in by_gram.values()
        )


def test_equal_ids_are_equal_grams():
    first, second = count_ngrams(["a b a", "c", "b a"], 2)
    assert first.counts.tolist() == [2, 1, 1, 1, 1]
    assert second.captions.tolist() == [0, 0, 2]
    assert second.ids[2] in second.ids[:2]  # "b a"
    assert len(set(second.ids.tolist())) == 2  # and no "a c", "c b" across captions


def test_distinct_share_of_a_case_by_hand():
    assert distinct_share(["a dog a dog", "a cat"], 1) == 3 / 6
    assert distinct_share(["a dog a dog", "a cat"], 2) == 3 / 4
    assert distinct_share(["dog", "cat"], 2) == 0.0
