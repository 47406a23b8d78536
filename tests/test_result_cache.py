"""Results that are kept: the ones used last."""

import threading

from textvae.web.result_cache import ResultCache


def test_the_newest_results_are_kept_and_the_oldest_go():
    cache = ResultCache(3)
    for number in range(5):
        cache.put(number, str(number))
        assert cache.get(number) == str(number)
    assert [cache.get(number) for number in range(5)] == [None, None, "2", "3", "4"]


def test_a_result_that_is_asked_for_stays_longer():
    cache = ResultCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_a_result_put_again_replaces_the_former_one_and_no_other():
    cache = ResultCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.put("a", 3)
    cache.put("c", 4)
    assert [cache.get(key) for key in "abc"] == [3, None, 4]


def test_threads_may_share_it():
    cache = ResultCache(50)

    def use(thread):
        for number in range(2000):
            cache.put((thread, number % 40), number)
            cache.get((thread, number % 7))

    threads = [threading.Thread(target=use, args=(each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(60):
        cache.put(number, number)
    assert [cache.get(number) for number in range(10, 60)] == list(range(10, 60))
