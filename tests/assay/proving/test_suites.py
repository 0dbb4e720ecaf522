"""Mutants tried in forks: put in the place of functions, under limits, on the tests that reach them."""

import os
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from textwrap import dedent

import pytest

from assay.proving.forks import Fork, ready_ones
from assay.proving.plant import Planted, Source, functions_of, put
from assay.proving.suites import EQUIVALENT, candidates

TEXT = dedent("""\
    LIMIT = 3

    def far(x):
        return (
            x
            > LIMIT
        )

    class Box:
        def grow(self, by):
            if by:
                by = by + 1
            return [by * k for k in range(2)]
""")


@pytest.fixture
def module(tmp_path):
    file = tmp_path / "rooms" / "layer.py"
    file.parent.mkdir()
    file.write_text(TEXT)
    spec = spec_from_file_location("layer", file)
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return file, made


def test_a_statement_is_its_own_lines_and_a_compound_one_its_head(module):
    source = Source.read(module[0])
    assert list(source.statement(5)) == [4, 5, 6, 7]
    assert list(source.statement(11)) == [11]
    assert list(source.statement(12)) == [12]
    assert [line for line in range(1, 14) if source.in_function(line)] == [4, 5, 6, 7, 11, 12, 13]


def test_functions_that_are_there_get_the_code_of_the_mutant(module):
    file, made = module
    functions = functions_of(file.parent)
    box, far = made.Box(), made.far
    assert (box.grow(1), far(4)) == ([0, 2], True)
    assert put(file, TEXT.replace("by + 1", "by - 1"), functions)
    assert (box.grow(1), far(4)) == ([0, 0], True)
    assert put(file, TEXT.replace("by * k", "k"), functions)
    assert box.grow(1) == [0, 1]
    assert not put(file, TEXT.replace("def far", "def near"), functions)


def test_a_constant_is_planted_where_a_module_is_imported(module, monkeypatch):
    file, _ = module
    monkeypatch.syspath_prepend(str(file.parents[1]))
    monkeypatch.setattr(
        sys, "meta_path", [Planted(file, TEXT.replace("3", "30"), file.parents[1]), *sys.meta_path]
    )
    import rooms.layer

    assert not rooms.layer.far(4)
    del sys.modules["rooms.layer"], sys.modules["rooms"]


def said(work, cpu_s=20, wall_s=20.0):
    fork = Fork(work, cpu_s, wall_s)
    assert ready_ones({fork.reading: fork}) == [fork.reading]
    return fork.said()


def test_a_fork_says_one_thing_and_leaves_nothing_here():
    here = []
    assert said(lambda: here.append(1) or b"done") == b"done"
    assert here == []


def test_a_fork_that_dies_or_does_not_end_says_nothing():
    assert said(lambda: os.kill(os.getpid(), 9)) == b""
    assert said(lambda: 1 / 0) == b""
    assert said(endless, cpu_s=1) == b""
    assert said(lambda: os.read(os.pipe()[0], 1), wall_s=0.1) == b""


def endless():
    while True:
        pass


def test_only_mutants_that_there_are_are_declared_equivalent():
    declared = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    assert declared.keys() <= {candidate.words for candidate in candidates()}
