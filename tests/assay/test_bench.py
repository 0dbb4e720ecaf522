"""`assay bench` as its users meet it: unofficial figures with intervals; mistakes are one sentence."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assay import cli

Command = Callable[[str], tuple[int, str, str]]

COURSE = Path(__file__).parents[1] / "course"
LABELS, ADA = COURSE / "labels", COURSE / "submissions/ada.py"


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `assay bench` in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["bench", *arguments.split()])
        out, err = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def test_an_accuracy_has_an_interval_and_is_unofficial(command: Command) -> None:
    code, out, _ = command(f"{LABELS} {ADA}")
    assert code == 0
    assert "unofficial" in out
    code, out, _ = command(f"{LABELS} {ADA} --json")
    assert code == 0
    (finding,) = json.loads(out)
    measured = finding["measurement"]
    assert measured["low"] < measured["value"] < measured["high"]
    assert not measured["official"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (f"{LABELS} nowhere.py", "there is nothing at nowhere.py; name the file or folder of a submission"),
        (f"{LABELS} {ADA} --sandbox glass", "no sandbox level is called 'glass'; there are process, "),
        (f"gradcheck {ADA}", "gradcheck measures nothing: it declares no workload and no measured part"),
        (f"nothing {ADA}", "there is no assignment nothing; name a folder that has one, or a bundled one"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(command: Command, arguments: str, words: str) -> None:
    code, out, err = command(arguments)
    assert code == 2
    assert not out
    assert words in err
    assert "Traceback" not in err
