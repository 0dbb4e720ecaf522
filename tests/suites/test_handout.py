from pathlib import Path

import numpy as np
import pytest

from suites import Assignment, AuthoringError, Op, Part, agreement, gradient, regime
from suites.handout import TABLES, inputs_table, points_table, refresh


@regime(public=True, draws=2)
def nominal(rng):
    """What one | expects."""
    return {"x": rng.uniform(-1, 1, size=(3, 2)), "p": 0.5}


@regime(tier="unusual", like="nominal")
def far_away(rng):
    """Large values."""
    return {"x": np.full((1, 4), 1234.5, dtype=np.float32), "p": 1}


def layer(**changed):
    return Op(
        **{
            "forward": "layer_forward",
            "oracle": lambda x, p: (x, None),
            "args": ("x", "p"),
            "regimes": (nominal, far_away),
            "backward": "layer_backward",
            "wrt": ("x",),
            "domains": {"x": "any rows"},
            **changed,
        }
    )


def assignment(op):
    return Assignment(
        title="A layer",
        submit="layer.py",
        parts=(
            Part("forward", op, (agreement(out="0.5"),), title="Onwards"),
            Part("backward", op, (gradient(dx=2),)),
        ),
    )


def test_points_go_by_part_tensor_and_tier():
    assert points_table(assignment(layer())).splitlines() == [
        "| part | function | returned | points | ordinary | unusual |",
        "| --- | --- | --- | --- | --- | --- |",
        "| Onwards | `layer_forward` | `out` | 0.5 | 0.45 | 0.05 |",
        "| backward | `layer_backward` | `dx` | 2 | 1.8 | 0.2 |",
        "| **total** |  |  | **2.5** |  |  |",
    ]


def test_one_tier_alone_holds_all_points():
    table = points_table(assignment(layer(regimes=(nominal,))))
    assert "| Onwards | `layer_forward` | `out` | 0.5 | 0.5 | 0 |" in table


def test_inputs_go_by_argument_and_by_kind():
    text = inputs_table(assignment(layer()))
    assert text.startswith("#### `layer_forward(x, p)`\n")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows[0].startswith("| `x` | any rows | float64, float32 | (3, 2), (1, 4) | -0.")
    assert rows[0].endswith(" to 1200 |")
    assert rows[1] == "| `p` |  | float, int |  | 0.5, 1 |"
    assert "| nominal | ordinary | public | What one \\| expects. |" in text
    assert "| far away | unusual | hidden, like *nominal* | Large values. |" in text


def test_refresh_rewrites_what_is_between_the_marks_and_nothing_else():
    text = "a\n<!-- generated: points -->\nold\n<!-- end -->\nb\n<!-- generated: inputs -->\n<!-- end -->\nc"
    once = refresh(text, assignment(layer()))
    assert "old" not in once
    assert [once[0], once[-1]] == ["a", "c"]
    assert "\nb\n" in once
    assert once.index("**total**") < once.index("#### ")
    assert refresh(once, assignment(layer())) == once


def test_the_handbook_lists_every_table():
    text = (Path(__file__).resolve().parents[2] / "docs" / "authoring.md").read_text(encoding="utf-8")
    assert all(f"| `<!-- generated: {name} -->` |" in text for name in TABLES)


def test_refresh_says_what_is_wrong_with_the_marks():
    with pytest.raises(AuthoringError, match="nothing to refresh"):
        refresh("no marks", assignment(layer()))
    with pytest.raises(AuthoringError, match="no table is called 'people'; use one of points, inputs"):
        refresh("<!-- generated: people -->\n<!-- end -->", assignment(layer()))
