"""An engine, where there is one, and the sandbox's image in it."""

from collections.abc import Iterator
from typing import Any

import pytest

from grader.sandbox.docker import engine, image
from grader.sandbox.docker.engine import EngineError
from grader.sandbox.docker.image import Recipe

NUMPY = Recipe.of(("numpy",))


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    try:
        found = engine.connect()
    except EngineError as error:
        pytest.skip(str(error))
    yield found
    found.close()


@pytest.fixture(scope="session")
def tag(client: Any) -> str:
    try:
        return image.build(client, NUMPY)
    except EngineError as error:
        pytest.skip(str(error))
