"""The catalogue of attacks as data: each row, the probe that tries it, and what must come of it.

Letters: A forged answers, B a patched judge, C the wire, D secrets, E harm, F the network, G what is handed
in, H what is shown, I other submissions.
"""

import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.sandbox.levels import Level
from suites.types import Verdict

PROCESS, SECCOMP, LANDLOCK, CONTAINER = Level.process, Level.seccomp, Level.landlock, Level.docker_shared
FAIL, ERROR, CRASH, PROTOCOL = Verdict.FAIL, Verdict.ERROR, Verdict.CRASH, Verdict.PROTOCOL
TIMEOUT, MEMORY, OUTPUT = Verdict.TIMEOUT, Verdict.MEMORY, Verdict.OUTPUT


@dataclass(frozen=True)
class Row:
    """One probe of one row.

    held      the first level at which the attack gets nowhere; `process` means at every level.
    as_user   the same where an ordinary user grades, if that differs.
    verdict   of the attacked function, as people read it.
    says      what they are told, at levels where the attack is withstood: it shows that the probe got as far
              as the mechanism that stops it.
    other     whether the other function keeps its points; None where the submission may hurt itself.
    hangs     how many questions run into the limit of time.
    leaves    this one only leaves something behind, for the next to look for.
    """

    id: str
    probe: str
    held: Level = PROCESS
    as_user: Level | None = None
    verdict: frozenset[Verdict] = frozenset({FAIL})
    says: str = ""
    other: bool | None = True
    hangs: int = 0
    leaves: bool = False

    @property
    def is_about_walls(self) -> bool:
        """Whether it is the sandbox that has to hold, and not what the trusted side makes of an answer."""
        return self.id[0] in "DEFI"

    def held_from(self, who: str) -> Level:
        """The first level that withstands it for a grader who is `root`, a `user` or a `refused` one."""
        return self.held if who == "root" or self.as_user is None else self.as_user


def one_of(*verdicts: Verdict) -> frozenset[Verdict]:
    """Any of these will do."""
    return frozenset(verdicts)


def may_raise_limits() -> bool:
    """Whether we hold CAP_SYS_RESOURCE, which root in a container may lack."""
    capabilities = re.search(r"CapEff:\s*(\w+)", Path("/proc/self/status").read_text())
    return bool(capabilities and int(capabilities[1], 16) & 1 << 24)


def may_trace() -> Level:
    """Whether an ordinary user may look into a process that is not its child (Yama says no)."""
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    return PROCESS if scope.exists() and scope.read_text().strip() != "0" else SECCOMP


HANGS: Final = {"verdict": one_of(TIMEOUT), "says": "took more than 1 s", "hangs": 2}
DIES: Final = {"verdict": one_of(CRASH)}
BREAKS: Final = {"verdict": one_of(PROTOCOL)}
RAISES: Final = {"verdict": one_of(ERROR)}
LOST: Final = {"other": False}  # nothing can be asked: it is not even imported

ROWS: tuple[Row, ...] = (
    # A: forged answers
    Row("A1", "a1_equal_to_everything", says="cannot be sent back"),
    Row("A2", "a2_array_subclass"),
    Row("A3", "a3_other_array_each_time", says="cannot be sent back"),
    Row("A4", "a4_number_subclass", says="shape"),
    Row("A5", "a5_all_nan", says="not finite"),
    Row("A6", "a6_all_infinite", says="not finite"),
    Row("A7", "a7_pickle_that_runs", says="object, which cannot be sent back"),
    Row("A8", "a8_one_number_for_all", says="shape"),
    Row("A9", "a9_empty", says="shape"),
    Row("A10", "a10_endless_view", says="bytes, which cannot be sent back"),
    Row("A11", "a11_structured", says="cannot be sent back"),
    Row("A11", "a11_bytes_of_no_length", says="cannot be sent back"),
    Row("A11", "a11_dates", says="cannot be sent back"),
    Row("A12", "a12_all_masked", says="MaskedArray'>, which cannot be sent back"),
    Row("A13", "a13_changed_after_the_return"),
    Row("A15", "a15_without_end", says="cannot be sent back"),
    Row("A15", "a15_mapping_without_end", says="cannot be sent back"),
    Row("A16", "a16_bools_of_other_bytes", says="of type bool"),
    Row("A17", "a17_giant_number", says="256 bits"),
    Row("A18", "a18_dict_of_many", says="100001 items, which cannot be sent back"),
    Row("A19", "a19_half_precision"),
    Row("A20", "a20_recycled_memory"),
    # B: a patched judge
    Row("B1", "b1_patch_comparisons"),
    Row("B2", "b2_stop_the_clock", **HANGS),
    Row("B3", "b3_patch_encoders", verdict=one_of(TIMEOUT, PROTOCOL), hangs=2),
    Row("B4", "b4_fake_modules"),
    Row("B5", "b5_patch_builtins", other=None, verdict=one_of(FAIL, CRASH, ERROR, MEMORY)),  # hurts itself
    Row("B6", "b6_leave_with_zero", says="ended itself", **DIES),
    Row("B7", "b7_leave_at_import", says="called sys.exit", **RAISES, **LOST),
    Row("B8", "b8_print_a_result", **DIES),
    Row("B9", "b9_write_the_results", **DIES),
    Row("B10", "b10_lock_the_results", verdict=one_of(CRASH, MEMORY, FAIL)),
    Row("B11", "b11_deaf_to_tracebacks", says="IPython commands were left out"),
    Row("B12", "b12_overwrite_the_callers_globals", **DIES),
    Row("B13", "b13_replace_what_reports"),
    Row("B14", "b14_alarms_in_the_harness", other=None, verdict=one_of(CRASH, ERROR, FAIL)),
    Row("B15", "b15_leave_when_collected", **DIES),
    Row("B16", "b16_exception_that_never_ends", **HANGS),
    Row("B16", "b16_exception_that_leaves", **DIES),
    Row("B17", "b17_exception_of_50_mb", says="raised ValueError: .xxx", **RAISES),
    Row("B17", "b17_causes_without_end", says="raised ValueError: 19999", **RAISES),
    Row("B18", "b18_right_the_first_time"),
    Row("B20", "b20_answers_by_heart"),
    Row("B21", "b21_import_the_reference", LANDLOCK),
    Row("B22", "b22_shadow_libraries"),
    Row("B23", "b23_plugins_of_a_test_runner"),
    Row("B25", "b25_poisoned_bytecode"),
    Row("B26", "b26_coding_cookie", says="declares the encoding rot13, which is ignored"),
    Row("B26", "b26_parser_bomb", verdict=one_of(ERROR, MEMORY), says="imported|syntax error", **LOST),
    Row("B26", "b26_deep_tree", verdict=one_of(ERROR, MEMORY, CRASH), says="imported", **LOST),
    Row("B26", "b26_long_chain", verdict=one_of(ERROR, MEMORY, CRASH), says="imported", **LOST),
    # C: the wire
    Row("C1", "c1_answers_in_advance", says="a question that was not asked", **BREAKS),
    Row("C2", "c2_length_without_end", says="4611686018427387904 bytes is too long", **BREAKS),
    Row("C3", "c3_flood_the_line", says="no frame", **BREAKS),
    Row("C4", "c4_drip", **HANGS),
    Row("C5", "c5_hang_up_and_go_on", says="closed its connection", **DIES),
    Row("C6", "c6_hostile_body", says="nested deeper", **BREAKS),
    Row("C7", "c7_array_that_lies", says="impossible shape", **BREAKS),
    Row("C8", "c8_send_descriptors", says="no frame", **BREAKS),
    Row("C11", "c11_two_answers", says="order|not asked|more than|number", other=None, **BREAKS),
    Row("C11", "c11_a_verdict_of_ours", says="not for it to give", **BREAKS),
    # D: secrets
    Row("D1", "d1_private_file", SECCOMP, LANDLOCK),
    Row("D1", "d1_public_file", LANDLOCK),
    Row("D2", "d2_walk", LANDLOCK),
    Row("D3", "d3_existence", CONTAINER),
    Row("D4", "d4_system_files", LANDLOCK),
    Row("D4", "d4_shadow", SECCOMP, PROCESS),
    Row("D5", "d5_environment"),
    Row("D6", "d6_frames_of_the_harness"),
    Row("D7", "d7_objects_of_the_harness"),
    Row("D8", "d8_process_of_the_grader", SECCOMP),
    Row("D8", "d8_process_1", LANDLOCK),
    Row("D9", "d9_trace_a_process", SECCOMP, may_trace()),
    Row("D9", "d9_read_a_process", SECCOMP, may_trace()),
    Row("D10", "d10_descriptors"),
    Row("D11", "d11_command_line"),
    Row("D12", "d12_dumpable", SECCOMP),
    Row("D13", "d13_history_of_the_repository", LANDLOCK),
    Row("D15", "d15_memory_of_others"),
    Row("D16", "d16_page_cache", SECCOMP),
    # E: harm
    Row("E1", "e1_ignore_everything_and_loop", **HANGS),
    Row("E1", "e1_sleep", **HANGS),
    Row("E2", "e2_hang_in_c", **HANGS),
    Row("E3", "e3_work_after_the_answer"),
    Row("E4", "e4_fork", SECCOMP),
    Row("E5", "e5_threads", SECCOMP, PROCESS),
    Row("E6", "e6_private_memory"),
    Row("E7", "e7_shared_memory"),
    Row("E8", "e8_memory_files", SECCOMP),
    Row("E8", "e8_system_v_memory", SECCOMP),
    Row("E9", "e9_recursion", verdict=one_of(CRASH, ERROR, MEMORY)),
    Row("E10", "e10_daemon", verdict=one_of(FAIL, CRASH)),
    Row("E11", "e11_flood", verdict=one_of(OUTPUT), says="printed more than 8388608 bytes"),
    Row("E12", "e12_fill_the_disk", SECCOMP),
    Row("E12", "e12_many_files", SECCOMP),
    Row("E13", "e13_write_outside", SECCOMP),
    Row("E14", "e14_poison_site_packages", SECCOMP, PROCESS),
    Row("E15", "e15_kill", SECCOMP),
    Row("E16", "e16_execute", SECCOMP),
    Row("E16", "e16_replace_oneself", SECCOMP, verdict=one_of(FAIL, CRASH)),
    Row("E17", "e17_calls_of_root", SECCOMP),
    Row("E18", "e18_another_abi", SECCOMP, verdict=one_of(CRASH, FAIL), says="SIGSYS"),
    Row("E19", "e19_type_into_a_terminal", SECCOMP),
    Row("E20", "e20_segfault", says="SIGSEGV", **DIES),
    Row("E20", "e20_abort", says="SIGABRT|SIGSEGV", **DIES),
    Row("E21", "e21_raise_own_limits", SECCOMP if may_raise_limits() else PROCESS, PROCESS),
    Row("E21b", "e21b_limits_of_others", SECCOMP),
    Row("E21b", "e21b_affinity_of_others", SECCOMP),
    Row("E21b", "e21b_priority_of_others", SECCOMP),
    Row("E21b", "e21b_signal_in_disguise", SECCOMP),
    # F: the network
    Row("F1", "f1_tcp", SECCOMP),
    Row("F2", "f2_udp", SECCOMP),
    Row("F3", "f3_abstract_socket", SECCOMP),
    Row("F4", "f4_socket_with_a_path", SECCOMP),
    Row("F5", "f5_other_families", SECCOMP),
    Row("F6", "f6_download", SECCOMP, verdict=one_of(ERROR), says="URLError"),
    # H: what is shown. What becomes of the text is looked at in test_shown.py.
    Row("H1", "h_hostile_text", says="raised ValueError", **RAISES),
    # I: other submissions. The second of each pair runs after the first.
    Row("I1", "i1_note_left", leaves=True),
    Row("I1", "i1_note_looked_for", SECCOMP),
    Row("I1", "i1_shared_memory_left", leaves=True),
    Row("I1", "i1_shared_memory_looked_for", SECCOMP),
    Row("I2", "i2_patched_library", leaves=True),
    Row("I2", "i2_patched_library_looked_for"),
    Row("I3", "i3_random_state", leaves=True),
    Row("I3", "i3_random_state_again", leaves=True),
    Row("I5", "i5_lock", SECCOMP),
)  # fmt: skip

if platform.machine() != "x86_64":  # these know the numbers of its system calls
    ROWS = tuple(row for row in ROWS if row.id not in ("D16", "E17", "E18", "E19"))

LEAVES: Final = {
    "i1_note_looked_for": "i1_note_left",
    "i1_shared_memory_looked_for": "i1_shared_memory_left",
    "i2_patched_library_looked_for": "i2_patched_library",
}

# Rows with a test of their own.
ELSEWHERE: Final = {
    "A14": "tests/attacks/test_attacks.py::test_a_lazy_tensor_is_taken_as_it_is",
    "C9": "tests/grader/test_wire.py::test_many_more_mutants",
    "C10": "tests/attacks/test_attacks.py::test_nothing_that_comes_back_is_unpickled",
    "C12": "tests/grader/test_callbacks.py::test_a_callback_that_makes_no_sense_ends_the_sandbox",
    "D14": "tests/reports/test_files.py::test_nothing_of_a_hidden_case_reaches_the_student",
    "E23": "tests/attacks/test_attacks.py::test_nothing_that_comes_back_is_unpickled",
    "G1-G9": "tests/attacks/test_intake.py::test_each_is_taken_or_refused",
    "G10": "tests/attacks/test_intake.py::test_what_was_checked_is_what_is_graded",
    "H1-H8": "tests/attacks/test_shown.py::test_text_is_inert_in_every_file",
    "H9": "tests/attacks/test_shown.py::test_xml_is_built_alike_for_everybody",
    "I6": "tests/grader/test_batch.py::test_a_killed_run_resumes_and_grades_nothing_twice",
}

# Rows that cannot be tried here, or that name nothing that could be attacked.
NOT_TRIED: Final = {
    "B19": "to know that one is graded gains nothing: the self-check asks through the same frames",
    "B24": "the environment of a sandbox is ours (D5), and site-packages cannot be written (E14)",
    "E22": "needs a GPU",
    "E24": "the engine's socket is a socket with a path (F4); metadata addresses are TCP (F1)",
    "H10": "no picture of a student's is ever collected or decoded",
    "I4": "a claim about time, not a way in: speed is measured in CPU time, one at a time",
}
