"""What a killed grader leaves is cleared away by label, and nobody else's containers are touched."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.docker import owner

ROOT = Path(__file__).parents[4]
HOLD = """
import sys, time
from grader.sandbox.launch import open_launcher
from grader.sandbox.types import Limits
with open_launcher("docker") as launcher, launcher.open(Limits()) as sandbox:
    print(sandbox._container.id, flush=True)
    time.sleep(600)
"""


def test_an_owner_is_alive_until_it_has_ended() -> None:
    machine, boot, namespace, pid, started = owner.me().split()
    assert not owner.ended(owner.me())
    assert owner.ended(" ".join((machine, boot, namespace, pid, "1")))  # the number is another's by now
    assert owner.ended(" ".join((machine, "earlier", namespace, pid, started)))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    assert owner.ended(" ".join((machine, boot, namespace, str(dead.pid), started)))


@pytest.mark.parametrize("place", [0, 2])
def test_who_cannot_be_seen_from_here_may_be_alive(place: int) -> None:
    parts = owner.me().split()
    parts[place] = "elsewhere"
    parts[3] = "999999999"
    assert not owner.ended(" ".join(parts))
    assert not owner.ended("")
    assert not owner.ended("somebody else's label")


@pytest.fixture
def strangers(client: Any, tag: str) -> Iterator[list[str]]:
    """Containers that are not ours to remove: one without a label, one of a grader on another machine."""
    made = [
        client.create_container(tag, ["true"], labels=labels)["Id"]
        for labels in ({}, {owner.LABEL: "elsewhere boot pid:[1] 7 7"}, {owner.LABEL: owner.me()})
    ]
    yield made
    for container in made:
        client.remove_container(container, force=True)


def test_a_killed_grader_leaves_nothing(client: Any, strangers: list[str]) -> None:
    import docker

    grader = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    with grader:
        assert grader.stdout is not None
        container = grader.stdout.readline().decode().strip()
        (held,) = client.containers(filters={"id": container})
        label = held["Labels"][owner.LABEL]
        grader.send_signal(signal.SIGKILL)
    with contextlib.suppress(docker.errors.NotFound):  # another grader of this machine has cleared it away
        client.wait(container, timeout=30)  # it ends by itself: its standard input is gone
    deadline = time.monotonic() + 30
    while left := client.containers(all=True, filters={"label": f"{owner.LABEL}={label}"}):
        owner.remove_orphans(client)
        assert time.monotonic() < deadline, left
    assert {each["Id"] for each in client.containers(all=True)} >= set(strangers)
