"""Every way in which an engine can be the trouble has a sentence of its own."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.docker import engine
from grader.sandbox.docker.engine import EngineError, EngineFacts, ImageMissingError, refusal

GOOD = EngineFacts(
    address="unix:///s", version="27", podman=False, rootless=False, cgroup=2, seccomp=True,
    limits_memory=True, limits_swap=True, limits_processes=True, limits_cpu=True, gpu_toolkit=False,
)  # fmt: skip


def test_a_good_engine_is_not_refused() -> None:
    assert refusal(GOOD) == ""
    assert refusal(replace(GOOD, rootless=True)) == ""
    assert refusal(replace(GOOD, gpu_toolkit=True), gpu=True) == ""


@pytest.mark.parametrize(
    ("facts", "gpu", "says"),
    [
        (replace(GOOD, podman=True), False, "Podman 27 answers .* set DOCKER_HOST to a Docker engine"),
        (replace(GOOD, limits_memory=False), False, "cannot limit memory: give its kernel"),
        (
            replace(GOOD, rootless=True, limits_processes=False, limits_cpu=False),
            False,
            "rootless Docker engine at unix:///s cannot limit processes and CPU: delegate",
        ),
        (replace(GOOD, seccomp=False), False, "without its seccomp profile"),
        (GOOD, True, "cannot give a container a GPU: install the NVIDIA container toolkit"),
    ],
    ids=["podman", "memory", "rootless", "seccomp", "gpu"],
)
def test_an_engine_that_cannot_hold_is_refused_in_a_sentence(
    facts: EngineFacts, gpu: bool, says: str
) -> None:
    import re

    assert re.search(says, refusal(facts, gpu=gpu))


@pytest.mark.parametrize(
    ("host", "says"),
    [
        (
            "unix:///nowhere/docker.sock",
            "no Docker engine answers at unix:///nowhere/docker.sock .*No such file",
        ),
        ("tcp://127.0.0.1:1", "no Docker engine answers at tcp://127.0.0.1:1 .*refused"),
        ("ssh://grader@cluster", "forward its socket"),
    ],
)
def test_an_absent_engine_says_where_it_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, host: str, says: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(EngineError, match=says):
        engine.connect()


def test_contexts_are_followed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from docker.context.config import get_context_id

    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    folder = tmp_path / "contexts" / "meta" / get_context_id("lab")
    folder.mkdir(parents=True)
    endpoint = {"Host": "unix:///lab/docker.sock", "SkipTLSVerify": False}
    meta = {"Name": "lab", "Metadata": {}, "Endpoints": {"docker": endpoint}}
    (folder / "meta.json").write_text(json.dumps(meta))
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "lab"}))
    with pytest.raises(EngineError, match=r"unix:///lab/docker\.sock"):
        engine.connect()
    monkeypatch.setenv("DOCKER_CONTEXT", "other")
    with pytest.raises(EngineError, match="no Docker context 'other'"):
        engine.connect()


def test_complaints_tell_the_causes_apart() -> None:
    import docker
    import requests

    def told(error: BaseException) -> str:
        with pytest.raises(EngineError) as raised, engine.complaints("making a container"):
            raise error
        return str(raised.value)

    api = docker.errors.APIError
    assert "the engine's disk is full" in told(api("x", explanation="mkdir: no space left on device"))
    assert told(api("x", explanation="bad\nname")) == "making a container: the engine refuses: bad name"
    assert "the Docker engine is gone" in told(requests.ConnectionError("refused"))
    assert "the Docker engine is gone" in told(ConnectionResetError("reset"))
    with pytest.raises(ImageMissingError), engine.complaints("making a container"):
        raise docker.errors.ImageNotFound("no such image")


def test_a_real_engine_is_known(client: Any) -> None:
    facts = engine.facts(client)
    assert facts.version
    assert facts.cgroup in (1, 2)
    assert refusal(facts) == ""
