"""Settings of the page, from arguments and from the environment."""

import pytest

from textvae.errors import BadInput
from textvae.web.settings import Settings, read_settings


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "٣"])
def test_a_bad_port_is_refused(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(BadInput, match=f"PORT is “{port}”, which is not a port"):
        read_settings()


def test_the_port_of_gradio_comes_before_the_port_of_the_host(monkeypatch):
    monkeypatch.setenv("PORT", "80")
    assert read_settings().port == 80
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7861")
    assert read_settings().port == 7861


def test_an_argument_comes_before_the_environment(monkeypatch):
    for name, value in (
        ("TEXTVAE_WEIGHTS", "hf://me/model"),
        ("TEXTVAE_REVISION", "v1"),
        ("GRADIO_SERVER_NAME", "0.0.0.0"),
        ("GRADIO_SERVER_PORT", "7861"),
    ):
        monkeypatch.setenv(name, value)
    assert read_settings() == Settings("hf://me/model@v1", "0.0.0.0", 7861)
    assert read_settings("coco", "::1", 80) == Settings("coco", "::1", 80)
    with pytest.raises(BadInput, match="--port is “65536”, which is not a port"):
        read_settings(port=65536)


@pytest.mark.parametrize(("weights", "expected"), [
    ("hf://me/model", "hf://me/model@v1"),
    ("me/model", "me/model@v1"),
    ("", None),
    ("coco", None),
    ("hf://me/model@v0", None),
])  # fmt: skip
def test_a_revision_is_of_a_model_on_the_hub(monkeypatch, weights, expected):
    monkeypatch.setenv("TEXTVAE_WEIGHTS", weights)
    monkeypatch.setenv("TEXTVAE_REVISION", "v1")
    if expected:
        assert read_settings().weights == expected
        return
    with pytest.raises(BadInput, match="TEXTVAE_REVISION is “v1”, but TEXTVAE_WEIGHTS is"):
        read_settings()


def test_the_address_of_the_page_is_one(monkeypatch):
    assert read_settings(url="https://example.org/page/").url == "https://example.org/page"
    assert read_settings().url == ""
    for value, url in (("/page", "/page"), ("http://a.org:8080", "http://a.org:8080")):
        monkeypatch.setenv("GRADIO_ROOT_PATH", value)
        assert read_settings().url == url
    bad = ("example.org", "ftp://a.org", "https://", "https://a.org/?b", 'https://a.org/"')
    for value in bad:
        with pytest.raises(BadInput, match="--url is .*, which is not a URL such as https"):
            read_settings(url=value)
    monkeypatch.setenv("GRADIO_ROOT_PATH", "example.org")
    with pytest.raises(BadInput, match="GRADIO_ROOT_PATH is “example.org”"):
        read_settings()


def test_the_device_comes_from_the_argument_or_the_environment(monkeypatch):
    assert read_settings().device == "auto"
    monkeypatch.setenv("TEXTVAE_DEVICE", "gpu:1")
    assert read_settings().device == "gpu:1"
    assert read_settings(device="cpu").device == "cpu"
    with pytest.raises(BadInput, match="must be auto, cpu, gpu or gpu:NUMBER, got 'tpu'"):
        read_settings(device="tpu")
