import numpy as np
import pytest
from runs import recipe_with
from tiny import CAPTIONS, SIZES, VOCAB_SIZE, bundle_of, shaken_model, write_lines

from textvae.errors import BadInput
from textvae.saving.variables import named_variables
from textvae.training.initialization import build_model, copy_weights
from textvae.training.preparation import prepare_data, read_splits


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_weights_are_copied_and_new_words_keep_fresh_vectors(decoder):
    source = bundle_of(shaken_model(decoder=decoder))
    tokenizer = source.tokenizer.extended(["purple giraffe"], 1)
    assert tokenizer.words[: len(source.tokenizer)] == source.tokenizer.words
    model = shaken_model(decoder=decoder, vocab_size=len(tokenizer))
    fresh = {name: v.numpy() for name, v in named_variables(model).items()}
    for variable in source.model.weights:
        variable.assign(variable.numpy() * 3 + 1)
    copy_weights(source, model)
    grown = 0
    for name, variable in named_variables(model).items():
        old = named_variables(source.model)[name].numpy()
        inside = tuple(map(slice, old.shape))
        np.testing.assert_array_equal(variable.numpy()[inside], old)
        is_new = np.ones(variable.shape, bool)
        is_new[inside] = False
        np.testing.assert_array_equal(variable.numpy()[is_new], fresh[name][is_new])
        grown += is_new.any()
    assert grown == (2 if decoder == "lstm" else 4)  # table and bias; kernel and bias beside


def test_weights_of_other_sizes_are_refused_with_the_setting_to_change():
    source = bundle_of(shaken_model(latent_dim=3))
    with pytest.raises(BadInput, match="model.latent_dim is 3 .* add --set model.latent_dim=3"):
        copy_weights(source, shaken_model())


def test_a_fresh_network_starts_with_the_frequencies_of_the_words(tmp_path):
    """Before any training, that is the best it can say of a word without a caption."""
    lines = write_lines(tmp_path / "lines.txt", CAPTIONS)
    recipe = recipe_with(data={"captions": [str(lines)]})
    data = prepare_data(recipe, read_splits(recipe), None)
    bias = build_model(recipe, data, None).embedding.bias.numpy()
    words = [word for text in data.splits.train.texts for word in text.split()]
    dog, zebra, red = (
        bias[data.tokenizer.ids[word]] - np.log(words.count(word))
        for word in ("dog", "zebra", "red")
    )
    assert dog == pytest.approx(zebra, abs=0.05)  # counts are smoothed by one
    assert dog == pytest.approx(red, abs=0.05)


def test_vectors_of_a_file_are_for_the_new_words_of_a_trained_network(tmp_path):
    source = bundle_of(shaken_model())
    texts = [text.replace("zebra", "giraffe") for text in CAPTIONS]
    lines = write_lines(tmp_path / "lines.txt", texts)
    rows = [f"{word}{' 0.5' * SIZES['embed_dim']}" for word in ("dog", "giraffe")]
    glove = write_lines(tmp_path / "glove.txt", rows)
    files = {"captions": [str(lines)], "embeddings": str(glove)}
    recipe = recipe_with(data=files, model=SIZES)
    data = prepare_data(recipe, read_splits(recipe), source.tokenizer)
    table = build_model(recipe, data, source).embedding.table.numpy()
    np.testing.assert_array_equal(table[:VOCAB_SIZE], source.model.embedding.table.numpy())
    assert (table[data.tokenizer.ids["giraffe"]] == 0.5).all()


def test_the_setting_to_change_is_named_as_it_is_typed():
    source = bundle_of(shaken_model(freeze_embeddings=True))
    with pytest.raises(BadInput, match="add --set model.freeze_embeddings=true"):
        copy_weights(source, shaken_model())
