import pytest

from textvae.errors import BadInput
from textvae.hub.addresses import checked_repo_name, parse_address


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("hf://me/model", ("me/model", "main")),
        ("hf://me/model@v1.0", ("me/model", "v1.0")),
        ("hf://my-org/text_vae.2@refs/pr/3", ("my-org/text_vae.2", "refs/pr/3")),
        (f"hf://me/model@{'a' * 40}", ("me/model", "a" * 40)),
    ],
)
def test_an_address_names_a_repository_and_a_revision(source, address):
    assert parse_address(source) == address
    assert str(parse_address(source)) == source


@pytest.mark.parametrize(
    "source",
    ["hf://model", "hf://me/", "hf://me/model@", "hf://me/model/x", "hf://me/../x@y"]
    + ["hf://me/model@../../x", "hf://me/model@/etc", "hf://me/mo del", "hf://me/model\n"],
)
def test_a_malformed_address_is_refused_with_the_expected_form(source):
    with pytest.raises(BadInput, match="hf://owner/repo or hf://owner/repo@revision, got 'hf:"):
        parse_address(source)


@pytest.mark.parametrize(
    "repo", ["model", "me/", "me/a/b", "hf://me/model", "me/a--b", "me/..", 3, None]
)
def test_a_name_that_is_no_repository_is_refused(repo):
    with pytest.raises(BadInput, match="a repository on the Hub is named owner/repo, got "):
        checked_repo_name(repo)
