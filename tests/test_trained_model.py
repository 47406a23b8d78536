"""What a pipeline is beside its captions: its name, copies of it, and its use by threads."""

import copy
import pickle
import threading

import numpy as np
import pytest
from tiny import as_random, learned_vae, random_vae, saved_weights, some_captions

import textvae
from textvae.errors import BadInput
from textvae.pipeline import Pipeline


def test_its_repr_tells_model_sizes_and_device():
    vae = random_vae()
    shown = repr(vae)
    for part in ("tiny", "latent_dim=5", f"vocab_size={len(vae.tokenizer)}", "max_length=10"):
        assert part in shown
    assert f"{vae.model.count_params():,} parameters" in shown
    assert shown.endswith(f"on {vae.device}>")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda vae: pickle.loads(pickle.dumps(vae))])
def test_a_copy_does_what_the_original_does(copied):
    vae = learned_vae()
    vae.notice = "of the cache"
    again = copied(vae)
    assert type(again) is Pipeline
    assert again.model is not vae.model
    assert again.notice == vae.notice
    assert again.reconstruct(some_captions(9)) == vae.reconstruct(some_captions(9))
    assert again.generate(9, temperature=1.0) == vae.generate(9, temperature=1.0)
    vae.notice = ""


def test_several_threads_get_what_one_gets():
    """From the first call on, when nothing is compiled yet."""
    captions = some_captions(40)
    asked = [
        lambda vae: vae.reconstruct(captions),
        lambda vae: vae.generate(40, temperature=1.0, seed=1),
        lambda vae: vae.generate(40, prior="standard", seed=2),
        lambda vae: vae.encode(captions),
        lambda vae: vae.interpolate(captions[0], captions[1]),
        lambda vae: vae.log_prob(captions[:8], num_samples=3),
    ]
    alone = [ask(learned_vae()) for ask in asked]
    vae, found = Pipeline(learned_vae().bundle), {}
    together = threading.Barrier(12)

    def work(number):
        together.wait()
        found[number] = [ask(vae) for ask in (*asked[number % 6 :], *asked[: number % 6])]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(12):
        turned = [*alone[number % 6 :], *alone[: number % 6]]
        for one, other in zip(found[number], turned, strict=True):
            if isinstance(one, list):
                assert one == other
            else:
                np.testing.assert_allclose(one, other, atol=1e-4)


def test_several_threads_load_at_once():
    found, folder = {}, saved_weights()  # written once, before any of them reads it

    def work(number):
        found[number] = textvae.load(folder).reconstruct(some_captions(9))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [learned_vae().reconstruct(some_captions(9))] * 3


def test_batches_and_bars_change_no_result(capsys):
    vae, captions = learned_vae(), some_captions(90)
    codes = vae.encode(captions)
    np.testing.assert_allclose(vae.encode(captions, batch_size=7), codes, atol=1e-5)
    assert vae.reconstruct(captions, batch_size=7) == vae.reconstruct(captions)
    drawn = vae.generate(90, temperature=1.0, seed=3)
    assert vae.generate(90, temperature=1.0, seed=3, batch_size=16) == drawn
    assert capsys.readouterr().err == ""
    assert vae.generate(90, temperature=1.0, seed=3, show_progress=True) == drawn
    vae.posterior(captions, batch_size=30, show_progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "decode: 100%" in err
    assert "encode: 100%" in err
    assert "90/90" in err


@pytest.mark.parametrize("size", [0, 513, 2.0, True, "8"])
def test_a_batch_size_out_of_range_is_named(size):
    vae = random_vae()
    for call in (vae.encode, vae.posterior, vae.reconstruct, vae.log_prob):
        with pytest.raises(BadInput, match="batch_size must be a whole number from 1 to 512"):
            call(["a dog"], batch_size=size)
    with pytest.raises(BadInput, match="batch_size must be a whole number from 1 to 512"):
        vae.generate(3, batch_size=size)


def test_an_error_says_which_caption():
    vae = random_vae()
    captions = ["a dog runs", "a cat", "!?", "a man"]
    for call in (vae.encode, vae.posterior, vae.reconstruct, vae.log_prob, vae.token_ids):
        with pytest.raises(BadInput, match=r"^captions\[2\]: no words are left of '!\?'"):
            call(captions)
        with pytest.raises(BadInput, match=r"^no words are left of '!\?'"):
            call("!?")
    with pytest.raises(BadInput, match=r"^captions\[1\]: a caption must be text, got 3"):
        vae.neighbours(["a dog", 3], ["a cat"])
    with pytest.raises(BadInput, match=r"those of row 1 are not"):
        vae.decode(np.array([[0.0] * 5, [np.nan] * 5]))


def test_token_ids_are_those_of_the_vocabulary_padded():
    vae = random_vae()
    found = vae.token_ids(["a dog", "a small dog runs"])
    assert found.dtype == np.int32
    for row, text in zip(found.tolist(), ["a dog", "a small dog runs"], strict=True):
        ids = vae.tokenizer.encode(text)
        assert row == ids + [0] * (len(row) - len(ids))
    with pytest.raises(BadInput, match="there are no captions"):
        vae.token_ids([])


def test_what_is_no_number_is_named():
    vae = as_random(prior=False)
    for each in (vae, random_vae()):  # without and with scenes
        with pytest.raises(BadInput, match="temperature must be a number, got 'hot'"):
            each.generate(2, temperature="hot")
    with pytest.raises(BadInput, match="top_p must be a number, got None"):
        vae.generate(2, top_p=None)
    assert vae.generate(2, temperature=np.float32(0.5)) == vae.generate(2, temperature=0.5)
