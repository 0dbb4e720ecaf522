import pytest

import assignments
from assignments.__main__ import main


@pytest.fixture
def folder(tmp_path):
    bundled = assignments.find("batchnorm")
    for name in ("assignment.py", "variants.py"):
        (tmp_path / name).write_text((bundled / name).read_text())
    return tmp_path


def test_refresh_writes_the_tables(folder, capsys):
    (folder / "handout.md").write_text("# Mine\n\n<!-- generated: points -->\n<!-- end -->\nAfter.\n")
    assert main(["refresh", str(folder)]) == 0
    text = (folder / "handout.md").read_text()
    assert text.startswith("# Mine\n")
    assert text.endswith("<!-- end -->\nAfter.\n")
    assert "**20**" in text
    assert "refreshed" in capsys.readouterr().out


def test_what_goes_wrong_is_one_sentence(folder, capsys):
    (folder / "handout.md").write_text("no tables")
    assert main(["refresh", str(folder)]) == 1
    assert "nothing to refresh" in capsys.readouterr().err
    assert main(["refresh", "nowhere"]) == 1
    assert "there is no assignment nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["refresh"], ["draw", "batchnorm"]])
def test_usage(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("usage:")
