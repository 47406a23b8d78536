"""The wheel: what is in it, what it asks for, and that it works where there is nothing else."""

import ast
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from gradio_client import Client
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from tiny import some_captions, write_lines
from verbs import free_port, start

import textvae
from textvae.cli.main import build_parser
from textvae.hub.space import space_files

ROOT = Path(__file__).resolve().parent.parent
PACKAGE, PAGE = ROOT / "textvae", ROOT / "textvae" / "web"
BESIDE = (  # the package
    "weights",
    "recipes",
    "app.py",
    "requirements.txt",
    "requirements.lock",
    "LICENSE",
)
SOURCES = (
    "textvae",
    *BESIDE,
    "setup.py",
    "pyproject.toml",
    "MANIFEST.in",
    "docs/package-index.md",
)
SEEDS = ("--num-captions", 3, "--seed", 4)
# Refuses every connection and every look-up of a name beyond this machine, and notes it.
GUARD = """
import pathlib, socket
connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo
LOCAL = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None)
def refuse(host):
    if host not in LOCAL:
        with pathlib.Path({log!r}).open("a") as log:
            log.write(f"{{host}}\\n")
        raise OSError(f"no network, asked for {{host}}")
def guarded_connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        refuse(address[0])
    return connect(self, address)
def guarded_getaddrinfo(host, *arguments, **options):
    refuse(host)
    return getaddrinfo(host, *arguments, **options)
socket.socket.connect, socket.getaddrinfo = guarded_connect, guarded_getaddrinfo
"""


def check(*command, **options):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that `pip wheel .` makes of a copy of this checkout, without a network."""
    folder = tmp_path_factory.mktemp("build")
    for name in SOURCES:
        (folder / name).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    build = ("wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir")
    check(sys.executable, "-m", "pip", *build, folder / "wheels", folder)
    [found] = (folder / "wheels").iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A virtual environment with the wheel, in an empty folder, without a network.

    The libraries that take hundreds of megabytes are those of the environment of the tests.
    """
    folder = tmp_path_factory.mktemp("installed")
    environment, log = folder / "environment", folder / "asked.txt"
    check(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    site = Path(
        check(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    )
    (site / "guard.py").write_text(GUARD.format(log=str(log)))
    (site / "shared.pth").write_text(f"{sysconfig.get_path('purelib')}\nimport guard\n")
    install = ("install", "--no-deps", "--no-index", "--quiet")
    check(sys.executable, "-m", "pip", "--python", python, *install, wheel)
    empty = folder / "empty"
    empty.mkdir()
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "TEXTVAE"))}
    yield SimpleNamespace(
        python=(str(python),),
        textvae=(str(environment / "bin" / "textvae"),),
        options={"cwd": empty, "env": {**variables, "GRADIO_ANALYTICS_ENABLED": "False"}},
        folder=empty,
    )
    assert not log.exists(), log.read_text()


def said(installed, *arguments, program=None, status=0):
    """What a command of the installed package printed."""
    process = start(*arguments, program=program or installed.textvae, **installed.options)
    out, err = process.communicate(timeout=400)
    assert process.returncode == status, err
    return SimpleNamespace(out=out, err=err)


# The wheel as a file ------------------------------------------------------------------------


def files_under(folder):
    return {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_it_holds_the_package_and_what_stands_beside_it_and_nothing_else(wheel):
    expected = {path.relative_to(ROOT).as_posix() for path in files_under(PACKAGE)}
    for name in BESIDE:
        paths = files_under(ROOT / name) if (ROOT / name).is_dir() else [ROOT / name]
        expected |= {f"textvae/shipped/{path.relative_to(ROOT).as_posix()}" for path in paths}
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert found == expected
    assert "textvae/shipped/weights/coco/model.safetensors" in found
    assert wheel.stat().st_size < 100e6  # what the package index takes


def test_its_metadata_is_for_a_package_index(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [path] = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        facts = metadata.PathDistribution(zipfile.Path(archive, path).parent).metadata
    assert (facts["Name"], facts["Version"]) == ("textvae", textvae.__version__)
    assert facts["License-Expression"] == "MIT AND OFL-1.1"  # the code, and the reports' font
    font = "textvae/report/static/source-serif-4-license.txt"
    assert facts.get_all("License-File") == ["LICENSE", font]
    description = facts.get_payload()
    assert facts["Description-Content-Type"] == "text/markdown"
    assert not description.lstrip().startswith("---")  # the settings of a Space
    assert not re.findall(r"\]\((?!https?://)", description)  # which lead nowhere from an index
    commands = re.findall(r"^    textvae (.*?)(?:  .*)?$", description, re.MULTILINE)
    assert len(commands) >= 5
    for command in set(commands) - {"--help"}:
        build_parser().parse_args(shlex.split(command, comments=True))
    versions = SpecifierSet(facts["Requires-Python"])
    named = {each for each in facts.get_all("Classifier") if "Python :: 3." in each}
    tested = {each.rpartition(" ")[2] for each in named}
    assert {
        each for each in ("3.10", "3.11", "3.12", "3.13", "3.14") if f"{each}.0" in versions
    } == tested
    assert {"app", "mcp", "gpu", "all"} <= set(facts.get_all("Provides-Extra"))


# What it requires ---------------------------------------------------------------------------


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(wheel, extra=""):
    """Those of the package alone, or those that an extra adds."""
    with zipfile.ZipFile(wheel) as archive:
        [path] = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        texts = metadata.PathDistribution(zipfile.Path(archive, path).parent).requires
    found = [Requirement(text) for text in texts]
    return [
        each
        for each in found
        if (
            each.marker is None
            if not extra
            else each.marker and each.marker.evaluate({"extra": extra})
        )
    ]


def imported(paths):
    """Distributions whose modules these files import, wherever in them."""
    homes, found = metadata.packages_distributions(), set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names:
                if name != "textvae":
                    found.add(canonical(homes[name][0]))
    return found


def with_direct_needs(names):
    """The distributions and what each of them requires itself."""
    needs = [Requirement(text) for name in names for text in metadata.requires(name) or []]
    return names | {canonical(each.name) for each in needs if not each.marker}


def test_the_package_without_its_page_imports_what_it_requires_and_no_more(wheel):
    required = {canonical(each.name) for each in requirements(wheel)}
    optional = {
        canonical(each.name)
        for extra in ("parquet", "train", "onnx")
        for each in requirements(wheel, extra)
    }
    used = imported(path for path in PACKAGE.rglob("*.py") if PAGE not in path.parents)
    assert used <= with_direct_needs(required) | with_direct_needs(optional)
    assert required <= used
    assert "gradio" not in with_direct_needs(required)


def test_the_page_imports_what_its_extra_requires(wheel):
    required = {canonical(each.name) for each in requirements(wheel)}
    added = {canonical(each.name) for each in requirements(wheel, "app")}
    assert added == {"gradio"}
    assert imported(PAGE.rglob("*.py")) <= with_direct_needs(required | added)


@pytest.mark.parametrize("extra", ["", "app", "mcp", "gpu", "parquet", "onnx", "train"])
def test_the_tested_versions_lie_within_its_ranges(wheel, extra):
    pinned = dict(
        line.split("==")
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / name).read_text().splitlines()
        if "==" in line
    )
    for each in requirements(wheel, extra):
        assert each.specifier.contains(pinned[each.name]), each
        assert re.search(r">=.*,<|<.*,>=", str(each.specifier)), each


# Installed, in an empty folder, without a network --------------------------------------------


@pytest.fixture(scope="module")
def expected():
    """What the checkout generates."""
    return textvae.load("coco").generate(3, seed=4)


def test_it_generates_and_leaves_nothing_behind_where_home_cannot_be_written(
    installed, expected, tmp_path
):
    """The home is below a device, where not even root can write; Keras names /tmp itself."""
    before = Path("/tmp/.keras").exists()
    home = {"HOME": "/dev/null/home", "TMPDIR": str(tmp_path)}
    options = {"cwd": installed.folder, "env": {"PATH": os.environ["PATH"], **home}}
    process = start("generate", *SEEDS, program=installed.textvae, **options)
    out, err = process.communicate(timeout=400)
    assert (process.returncode, err) == (0, "")
    assert out.splitlines() == expected
    assert not list(installed.folder.iterdir())
    assert not list(tmp_path.iterdir())
    assert Path("/tmp/.keras").exists() == before


def test_it_names_itself_as_it_was_called(installed):
    assert said(installed).out.startswith("usage: textvae ")
    module = said(installed, "-m", "textvae", program=installed.python)
    assert module.out.startswith("usage: python -m textvae ")


def test_it_trains_on_lines_reads_what_it_wrote_and_generates_in_python(installed, expected):
    captions = write_lines(installed.folder / "lines.txt", some_captions(150))
    small = "model.latent_dim=4 model.embed_dim=8 model.encoder_dim=8 model.hidden_dim=16"
    quick = "train.epochs=1 prior.epochs=0 train.min_active_units=0 data.min_count=1"
    quick += " train.shards=1"  # which are traced one by one
    settings = [word for each in f"{small} {quick}".split() for word in ("--set", each)]
    program = """if True:
        import sys
        from textvae.cli.main import main
        main(sys.argv[1:])
        print("---")
        main(["generate", "--weights", "runs/lines", "--num-captions", "2"])
        print("---")
        import textvae
        print(*textvae.load("coco").generate(3, seed=4), "gradio" in sys.modules, sep="\\n")
    """
    train = ("train", "lines", "--captions", captions, *settings)
    made = said(installed, "-c", program, *train, program=installed.python)
    _, read, in_python = (part.splitlines() for part in made.out.split("---\n"))
    assert len(read) == 2
    assert in_python == [*expected, "False"]


def test_it_serves_the_page_until_interrupted(installed, expected):
    app = start("app", "--port", free_port(), program=installed.textvae, **installed.options)
    url = re.search(r"http://\S+", app.stdout.readline())[0]
    page = Client(url, verbose=False)
    answer = page.predict(num_captions=3, seed=4, api_name="/generate")
    assert answer["captions"] == expected
    page.close()
    app.send_signal(signal.SIGINT)
    sent = time.monotonic()
    _, errors = app.communicate(timeout=20)
    assert time.monotonic() - sent < 2.0
    assert (app.returncode, errors) == (0, "")


def test_without_gradio_it_says_what_to_install(installed):
    program = """if True:
        import sys
        sys.modules["gradio"] = None
        from textvae.cli.main import main
        main(["app"])
    """
    refused = said(installed, "-c", program, program=installed.python, status=1)
    assert refused.out == ""
    assert refused.err == (
        "textvae: the page needs gradio; install it: pip install 'textvae[app]'\n"
    )


def test_it_pushes_the_same_space_as_a_checkout(installed):
    program = """if True:
        import hashlib, json
        from textvae.hub.space import space_files
        print(json.dumps({k: hashlib.sha256(v).hexdigest() for k, v in space_files().items()}))
    """
    found = json.loads(said(installed, "-c", program, program=installed.python).out)
    assert found == {k: hashlib.sha256(v).hexdigest() for k, v in space_files().items()}
