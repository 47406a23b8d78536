import dataclasses

import pytest

from textvae.config.settings import SECTIONS, ModelConfig, describe_settings
from textvae.errors import BadInput


def test_sections_never_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ModelConfig().latent_dim = 3


@pytest.mark.parametrize("section", SECTIONS.values())
def test_every_setting_says_what_it_means_and_its_default_is_within_its_limits(section):
    for field in dataclasses.fields(section):
        assert len(field.metadata["about"]) > 5
    section()


def test_the_description_has_a_line_for_every_setting():
    lines = describe_settings().splitlines()
    names = [line.split(" = ")[0].strip() for line in lines]
    assert names == [
        f"{name}.{field.name}"
        for name, section in SECTIONS.items()
        for field in dataclasses.fields(section)
    ]
    assert "  model.latent_dim = 64: latent units, D; with 0 the model is a language model" in (
        lines
    )


def test_a_language_model_cannot_have_the_decoder_that_sees_no_words():
    with pytest.raises(BadInput, match="model.decoder repeat cannot be used with .*latent_dim"):
        ModelConfig(latent_dim=0, decoder="repeat")
    assert ModelConfig(latent_dim=0).is_language_model
