"""Numerical gradients, a gradient checker, and a test of its comparison: the student's own tests are graded.

The functions under test are in subjects.py. They stay on this side of the wire: a student's code may ask them
and never sees how they are made.
"""

from suites import Assignment, Estimates, OwnTests

from . import subjects

assignment = Assignment(
    title="Gradient checking",
    submit="gradcheck.py",
    seconds=30.0,  # a call back takes a turn of the scheduler, and there are dozens in a call
    parts=(
        Estimates(
            "numerical",
            "numerical_gradient",
            subjects,
            worth=3,
            accuracy=1e-6,
            title="The numerical gradient",
        ),
        OwnTests("checker", "check_gradient", subjects, worth=4, title="The gradient checker"),
        OwnTests("test", "test_close", subjects, worth=3, answers="raises", title="The test of a comparison"),
    ),
)
