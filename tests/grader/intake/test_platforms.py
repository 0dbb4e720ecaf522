"""What the names say that Canvas and Moodle give to downloaded submissions."""

import pytest

from grader.intake.platforms import Named, named


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "smithbob_340934_208490284_BobsWork.zip",
            Named("canvas", "smithbob", "340934", "smithbob_340934_208490284_", "BobsWork.zip"),
        ),
        (
            "smithbob_LATE_340934_208490284_batchnorm-2.py",
            Named(
                "canvas",
                "smithbob",
                "340934",
                "smithbob_LATE_340934_208490284_",
                "batchnorm.py",
                late=True,
                again=2,
            ),
        ),
        (
            "smithbob_340934_208490284_my_work-1.tar.gz",
            Named("canvas", "smithbob", "340934", "smithbob_340934_208490284_", "my_work.tar.gz", again=1),
        ),
        (
            "smithbob_340934_208490284_batchnorm",
            Named("canvas", "smithbob", "340934", "smithbob_340934_208490284_", "batchnorm"),
        ),
        (
            "smithbob_LATE_340934_text.html",
            Named("canvas", "smithbob", "340934", "", "text.html", late=True),
        ),
        (
            "Bob O'Smith_1234567_assignsubmission_file_",
            Named("moodle", "Bob O'Smith", "1234567", "Bob O'Smith_1234567_assignsubmission_file_", ""),
        ),
        (
            "Zo\u00eb M_77_assignsubmission_file_batchnorm-1.py",
            Named("moodle", "Zo\u00eb M", "77", "Zo\u00eb M_77_assignsubmission_file_", "batchnorm-1.py"),
        ),
        (
            "Participant_77_assignsubmission_onlinetext_",
            Named("moodle", "Participant", "77", "Participant_77_assignsubmission_file_", ""),
        ),
    ],
)
def test_a_platforms_name_is_taken_apart(name: str, said: Named) -> None:
    assert named(name) == said
    assert said.student == f"{said.name}_{said.number}"


@pytest.mark.parametrize(
    "name",
    ["alice.py", "alice_2.py", "bn_1_2", "a_1_b_2.py", "_1_2_a.py", "group_12", "a_1_2_", "a_1_text.py"],
)
def test_other_names_are_left_alone(name: str) -> None:
    assert named(name) is None
