"""Probes as they are handed in: a folder each, with what they share and where their canaries are."""

import importlib.util
import marshal
from pathlib import Path
from typing import Any

from ..grader.intake.packing import notebook

HERE = Path(__file__).parent
PROBES = HERE / "probes"

EVIL = 'print("THROUGH", flush=True)\n'
# What a probe brings along beside its target.py, by the stem of its name.
_BESIDE = {
    "b22_shadow_libraries": {
        "oracle.py": "from target import attacked, untouched\n",
        **{
            f"{name}.py": EVIL
            for name in ("numpy", "random", "json", "wire", "sitecustomize", "usercustomize")
        },
    },
    "b23_plugins_of_a_test_runner": {
        "conftest.py": EVIL,
        "pytest.ini": "[pytest]\naddopts = -p conftest\n",
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-p conftest"\n',
        "setup.cfg": "[tool:pytest]\naddopts = -p conftest\n",
    },
    "b25_poisoned_bytecode": {"helper.py": "def answer(x):\n    return 0 * x\n"},
}
_WRONG = "from lab import untouched\n\n\ndef attacked(x):\n    return 0 * x\n"
# Sources that no file could hold: too odd, too long, too deep.
_WRITTEN = {
    "b26_coding_cookie": "# -*- coding: rot13 -*-\n" + _WRONG,
    "b26_parser_bomb": _WRONG + "x = " + "(" * 100_000,
    "b26_deep_tree": _WRONG + "x = " + "-" * 100_000 + "1",
    "b26_long_chain": _WRONG + "x = 1" + " + 1" * 100_000,
}
_SHOWTRACEBACK = "get_ipython().showtraceback = lambda *args, **options: None"


def source_of(probe: str) -> str:
    """The text of a probe; it names the canaries that it needs."""
    path = PROBES / f"{probe}.py"
    return path.read_text() if path.exists() else _WRITTEN.get(probe, _WRONG)


def hand_in(probe: str, folder: Path, facts: dict[str, Any]) -> Path:
    """Write a probe as a submission and give its folder."""
    home = folder / probe
    home.mkdir(parents=True)
    (home / "lab.py").write_text((HERE / "lab.py").read_text())
    (home / "facts.py").write_text(f"FACTS = {facts!r}\n")
    if probe == "b11_deaf_to_tracebacks":
        (home / "target.ipynb").write_bytes(notebook(_SHOWTRACEBACK, "!touch THROUGH", _WRONG))
        return home
    (home / "target.py").write_text(source_of(probe))
    for name, text in _BESIDE.get(probe, {}).items():
        (home / name).write_text(text)
    if probe == "b25_poisoned_bytecode":
        _poison(home / "helper.py")
    return home


def _poison(source: Path) -> None:
    """Bytecode that Python takes for that of `source` without a look at it."""
    path = Path(importlib.util.cache_from_source(str(source)))
    path.parent.mkdir()
    code = compile(EVIL + source.read_text(), str(source), "exec")
    unchecked = (1).to_bytes(4, "little")
    hashed = importlib.util.source_hash(source.read_bytes())
    path.write_bytes(importlib.util.MAGIC_NUMBER + unchecked + hashed + marshal.dumps(code))
