"""What probes are handed in for: one function that is attacked, and one that shows who else is hurt."""

from suites import Assignment, Op, Part, agreement, regime


@regime(public=True)
def constant(rng):
    """The same number throughout: what broadcasts is right here by chance."""
    return {"x": rng.normal() + 0 * rng.normal(size=5)}


@regime(draws=2, like="constant")
def ordinary(rng):
    """A few ordinary numbers."""
    return {"x": rng.normal(size=(4, 3))}


attacked = Op("attacked", lambda x: x * x + 1, ("x",), (constant, ordinary))
untouched = Op("untouched", lambda x: 2 * x, ("x",), (constant, ordinary))

assignment = Assignment(
    title="What probes are handed in for",
    submit="target.py",
    parts=(
        Part("attacked", attacked, (agreement(out=4),)),
        Part("untouched", untouched, (agreement(out=4),)),
    ),
    memory=256 << 20,
)
