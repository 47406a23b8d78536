"""What `deploy/` describes, against Kubernetes' own schemas, this tree and the commands."""

import copy
import json
import os
import re
import shlex
import subprocess
import sys

import kubernetes_validate
import pytest
import yaml
from test_docs import ROOT

from textvae.cli.main import build_parser
from textvae.cli.shards import Shard
from textvae.training.checkpointing import CHECKPOINT
from textvae.web.serving.routes import HEALTH, READY

MANIFEST = ROOT / "deploy" / "kubernetes.yaml"
CONTAINERFILE = ROOT / "deploy" / "Containerfile"
KUBERNETES = ("1.28", "1.37")  # the oldest and the newest that the example is checked for


def resources():
    return [each for each in yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")) if each]


def resource(kind, name):
    (found,) = [
        each for each in resources() if (each["kind"], each["metadata"]["name"]) == (kind, name)
    ]
    return found


def pod_of(kind, name):
    """The specification of the pods of a Deployment or a Job, and its only container."""
    pod = resource(kind, name)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    return pod, container


@pytest.mark.parametrize("version", KUBERNETES)
def test_the_manifest_is_valid_by_the_schemas_of_kubernetes(version):
    kinds = []
    for each in resources():
        kubernetes_validate.validate(each, version, strict=True)
        kinds.append(each["kind"])
        broken = copy.deepcopy(each)
        broken["spec"]["replica"] = 2  # of no kind
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(broken, version, strict=True)
    assert sorted(kinds) == [
        "Deployment", "Job", "Job", "PersistentVolumeClaim", "Service", "Service"
    ]  # fmt: skip


def test_the_service_finds_the_page_and_keeps_visitors_where_they_are():
    deployment, service = resource("Deployment", "textvae"), resource("Service", "textvae")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"]
    assert service["spec"]["sessionAffinity"] == "ClientIP"
    pod, page = pod_of("Deployment", "textvae")
    (port,) = page["ports"]
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    paths = {name: page[name]["httpGet"] for name in page if name.endswith("Probe")}
    assert paths == {
        "startupProbe": {"path": READY, "port": port["name"]},
        "readinessProbe": {"path": READY, "port": port["name"]},
        "livenessProbe": {"path": HEALTH, "port": port["name"]},
    }
    asked = build_parser().parse_args(page["args"])
    assert (asked.host, asked.port) == ("0.0.0.0", port["containerPort"])
    waiting = int(page["lifecycle"]["preStop"]["exec"]["command"][1])
    assert waiting + asked.drain + 5 <= pod["terminationGracePeriodSeconds"]


def command_of(job, index, tmp_path, **variables):
    """The arguments and the environment that a pod of a Job calls Python with."""
    _, container = pod_of("Job", job)
    program = tmp_path / "python"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        "print(json.dumps([sys.argv[1:], os.environ.get('TF_CONFIG')]))\n"
    )
    program.chmod(0o755)
    environment = {each["name"]: each["value"] for each in container["env"]}
    environment |= variables | {
        "JOB_COMPLETION_INDEX": str(index),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    said = subprocess.run(container["command"], env=environment, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
    (module, name, *arguments), config = json.loads(said.stdout)
    assert (module, name) == ("-m", "textvae")
    return build_parser().parse_args(arguments), config and json.loads(config)


def test_each_worker_of_the_training_is_told_of_all_and_of_itself(tmp_path):
    name, job = "textvae-train", resource("Job", "textvae-train")["spec"]
    service = resource("Service", name)
    pod, container = pod_of("Job", name)
    # A pod of an Indexed Job is <job>-<index>, below the headless Service of its subdomain.
    assert job["completionMode"] == "Indexed"
    assert pod["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"] == {"job-name": name}
    assert service["spec"]["publishNotReadyAddresses"] is True
    port = container["ports"][0]["containerPort"]
    assert service["spec"]["ports"][0]["port"] == port
    count = job["completions"]
    assert job["parallelism"] == count > 1
    workers = [f"{name}-{index}.{name}:{port}" for index in range(count)]
    for index in range(count):
        asked, config = command_of(name, index, tmp_path, OUTPUT=str(tmp_path))
        task = {"type": "worker", "index": index}
        assert config == {"cluster": {"worker": workers}, "task": task}
        assert (asked.output, asked.resume) == (str(tmp_path), False)
    (tmp_path / CHECKPOINT).touch()
    assert command_of(name, 1, tmp_path, OUTPUT=str(tmp_path))[0].resume


def test_each_shard_of_the_bulk_work_is_another_one(tmp_path):
    job = resource("Job", "textvae-generate")["spec"]
    count = job["completions"]
    asked = [command_of("textvae-generate", index, tmp_path)[0] for index in range(count)]
    assert [each.shard for each in asked] == [Shard(n, count) for n in range(1, count + 1)]
    assert len({each.output for each in asked}) == count
    assert all(each.resume for each in asked)


# The container file -------------------------------------------------------------------------


def instructions():
    """The instructions of the container file, with what follows them."""
    text = re.sub(r"\\\n\s*", "", CONTAINERFILE.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in lines]


def of_kind(kind):
    return [rest for name, rest in instructions() if name == kind]


def test_the_image_has_the_packages_that_continuous_integration_installs():
    setup = (ROOT / "scripts" / "setup").read_text(encoding="utf-8")
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert re.search(r"^ *LOCKED: 1\b", workflow, re.MULTILINE)
    (flags,) = re.findall(r'\$pip_install (--require-hashes .*) -r "\$lock"', setup)
    (lock,) = re.findall(r"^ *lock=(\S+)$", setup, re.MULTILINE)
    install = of_kind("RUN")[0]
    assert install == f"pip install --no-cache-dir {flags} -r {lock}"
    (image,) = of_kind("FROM")
    minor = int(re.fullmatch(r"docker\.io/library/python:3\.(\d+)-slim", image)[1])
    assert 11 <= minor < 14


def test_what_is_copied_into_the_image_is_there_and_all_that_a_command_needs(tmp_path):
    copied = []
    for rest in of_kind("COPY"):
        *sources, target = shlex.split(rest)
        for source in sources:
            assert (ROOT / source).exists(), source
            assert target in ("./", f"./{source}")
            copied.append(source)
            (tmp_path / source).symlink_to(ROOT / source)
    assert "requirements.lock" in copied
    (environment,) = of_kind("ENV")
    values = dict(each.split("=", 1) for each in environment.split())
    workdir = of_kind("WORKDIR")[0]
    assert values["PYTHONPATH"] == workdir
    assert values["HOME"] == of_kind("WORKDIR")[-1] == "/tmp"  # noqa: S108
    (entry,), (default,) = of_kind("ENTRYPOINT"), of_kind("CMD")
    assert build_parser().parse_args(json.loads(default)).run
    program, *arguments = json.loads(entry)
    assert program == "python"
    # Where the image has the package, and nothing of this checkout beside it.
    said = subprocess.run(
        [sys.executable, *arguments, "train", "none"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert said.returncode == 2
    assert "no recipe 'none': choose one of article" in said.stderr


def test_the_image_and_the_manifest_agree_on_who_runs_it_and_where_it_writes():
    (user,) = of_kind("USER")
    for kind, name in (
        ("Deployment", "textvae"),
        ("Job", "textvae-train"),
        ("Job", "textvae-generate"),
    ):
        pod, container = pod_of(kind, name)
        who = pod["securityContext"]
        assert user == f"{who['runAsUser']}:{who['runAsGroup']}"
        assert who["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
        assert mounts["tmp"] == "/tmp"  # noqa: S108
        assert mounts.keys() == {each["name"] for each in pod["volumes"]}
    assert of_kind("EXPOSE") == [
        str(pod_of("Deployment", "textvae")[1]["ports"][0]["containerPort"])
    ]
