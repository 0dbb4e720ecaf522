from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from suites import Assignment, AuthoringError, Op, Part, agreement, gradient, regime
from suites.calibration import Calibration, write
from suites.handout import TABLES, inputs_table, lacking, points_table, refresh, training_table
from suites.problems import Disc
from suites.terms import Budget, Terms
from suites.training import Level, Training


@regime(public=True, draws=2)
def nominal(rng):
    """What one | expects."""
    return {"x": rng.uniform(-1, 1, size=(3, 2)), "p": 0.5}


@regime(tier="unusual", like="nominal")
def far_away(rng):
    """Large values."""
    return {"x": np.array([[1234.5, -7.0, 0.0, 2.0]], dtype=np.float32), "p": 1}


@regime(tier="unusual", checks={"backward"})
def for_gradients(rng):
    """What only a gradient is asked about."""
    return nominal(rng)


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
    table = points_table(assignment(layer(regimes=(far_away,))))
    assert "| Onwards | `layer_forward` | `out` | 0.5 | 0 | 0.5 |" in table


def test_a_tier_counts_where_it_is_asked_about():
    table = points_table(assignment(layer(regimes=(nominal, for_gradients))))
    assert "| Onwards | `layer_forward` | `out` | 0.5 | 0.5 | 0 |" in table
    assert "| backward | `layer_backward` | `dx` | 2 | 1.8 | 0.2 |" in table


def test_a_function_without_a_backward_is_named():
    alone = layer(backward=None, wrt=(), regimes=(nominal,))
    declared = Assignment("A layer", "layer.py", (Part("p", alone, (agreement(out=1),)),))
    assert "| p | `layer_forward` | `out` | 1 | 1 | 0 |" in points_table(declared)


def test_inputs_go_by_argument_and_by_kind():
    text = inputs_table(assignment(layer()))
    assert text.startswith("#### `layer_forward(x, p)`\n")
    lines = text.splitlines()
    assert "| argument | what it is | type | shapes | values |" in lines
    assert "| kind of input | tier | seen | what it is |" in lines
    rows = [line for line in lines if line.startswith("| `")]
    assert rows[0] == "| `x` | any rows | float64, float32 | (3, 2), (1, 4) | -7 to 1200 |"
    assert rows[1] == "| `p` |  | float, int |  | 0.5, 1 |"
    assert "| nominal | ordinary | public | What one \\| expects. |" in text
    assert "| far away | unusual | hidden, like *nominal* | Large values. |" in text
    assert "| for gradients | unusual | hidden | What only" in inputs_table(
        assignment(layer(regimes=(nominal, for_gradients)))
    )


def test_training_goes_by_what_is_asked_used_and_needed(tmp_path):
    """The baseline reaches 50, the reference 94.5 with a spread of 1: the target is 93, half the way 71.5."""
    levels = (Level("half way", 4, share="1/2"), Level("target", 6))
    part = Training(
        "open", "Your own", Terms(Disc(), budget=Budget(times=2.5)), tmp_path, levels, "a.py", "b.py", runs=7
    )
    write(tmp_path, {"open": Calibration("of", (93.5, 94.5, 95.5), (49.0, 51.0), 1.234)})
    declared = replace(assignment(layer()), parts=(*assignment(layer()).parts, part))
    assert training_table(declared).splitlines() == [
        "| part | functions | runs | accuracy needed | CPU time a run |",
        "| --- | --- | --- | --- | --- |",
        "| Your own | `fit(X, y, seed)`, `predict(params, X)` | 7 | half way 71.5 %, target 93.0 % "
        "| 2.5 times the reference's, 1.23 s |",
    ]
    rows = points_table(declared).splitlines()
    assert "| Your own |  | `half way` | 4 | 4 | 0 |" in rows
    assert "| **total** |  |  | **12.5** |  |  |" in rows


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
    endless = "<!-- generated: points -->\nMine.\n<!-- generated: inputs -->\n<!-- end -->\n"
    said = "handout: <!-- generated: points --> has no end; put <!-- end --> behind its table"
    with pytest.raises(AuthoringError) as caught:
        refresh(endless, assignment(layer()))
    assert str(caught.value) == said


def test_what_a_handout_lacks_is_told():
    declared = assignment(layer())
    assert list(lacking("<!-- generated: points -->\n<!-- end -->", declared)) == [
        "the handout has no table of inputs; put <!-- generated: inputs --> and <!-- end --> where it goes"
    ]
    assert list(lacking("<!-- generated: points -->\n<!-- end -->", replace(declared, parts=()))) == []


def test_a_table_of_inputs_that_cannot_be_drawn_is_refused():
    @regime(public=True)
    def hasty(rng):
        """Without p."""
        return {"x": rng.normal(size=(3, 2))}

    with pytest.raises(AuthoringError, match="regime hasty draws no 'p', which layer_forward takes"):
        inputs_table(assignment(layer(regimes=(nominal, hasty))))
