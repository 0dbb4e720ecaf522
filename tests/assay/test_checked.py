"""What a self-check says that it does not check."""

import pytest

from assay.checked import only_when_graded


@pytest.mark.parametrize(
    ("hidden", "parts", "said"),
    [
        (0, (), ""),
        (1, (), "1 kind of input is checked only when graded"),
        (7, (), "7 kinds of input are checked only when graded"),
        (0, ("Training",), 'the part "Training" is checked only when graded'),
        (1, ("Training",), '1 kind of input and the part "Training" are checked only when graded'),
        (0, ("A", "B"), 'the part "A" and the part "B" are checked only when graded'),
        (2, ("A", "B"), '2 kinds of input, the part "A" and the part "B" are checked only when graded'),
    ],
)
def test_what_is_left_for_later(hidden: int, parts: tuple[str, ...], said: str) -> None:
    assert only_when_graded(hidden, parts) == said
