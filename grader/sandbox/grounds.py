"""What a zygote prepares once, after its imports and before its first run, for each level."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from grader.sandbox import kernel, landlock, namespaces, privileges, rlimits, seccomp
from grader.sandbox.confine import Grounds
from grader.sandbox.levels import Level, level_named
from grader.sandbox.root import DEVICES, Tree, interpreter
from grader.sandbox.syscalls import machine

_NO_MATTER = 1 << 20
_PRIVATE_TMP = (Level.namespace, Level.docker)


def found(level_name: str) -> namespaces.Own | None:
    """Step into namespaces of the zygote's own, at the level that has them."""
    if level_named(level_name) != Level.namespace:
        return None
    return namespaces.found(user_namespace=privileges.first_spare_uid() is None)


def prepare(
    level_name: str, package_paths: Iterable[str], own: namespaces.Own | None = None, *, gpu: bool = False
) -> Grounds:
    """The grounds of a level; raises OSError where the machine lacks what the level needs.

    With a `gpu`, which is for the level docker alone, the container is the only wall: its driver asks for
    devices and system calls that no list of ours knows, and for address space without end.
    """
    level = level_named(level_name)
    if gpu:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # runs are of the same user, and may not look in
        return Grounds(Level.process, rlimits.Baseline(0, 0, 0))
    if level == Level.process:
        return Grounds(level, rlimits.measure(count_processes=True))
    architecture = machine()
    trees = (*interpreter(), *(Tree(path) for path in package_paths))
    spare = privileges.first_spare_uid()
    shared_user = spare is None and level < Level.namespace
    baseline = rlimits.measure(count_processes=shared_user)
    if level.in_container:  # its cgroup counts; the kernel's count a user is over all containers together
        baseline = replace(baseline, processes=_NO_MATTER)
    rooted = ruleset = None
    if own is not None:
        rooted = namespaces.root(own, trees)
        os.environ["TMPDIR"] = rooted.scratch
    if level in (Level.landlock, Level.docker_shared):
        if not landlock.abi():
            raise OSError("Landlock is not there: it needs Linux 5.13 or later with landlock among its LSMs")
        ruleset = _ruleset(trees)
    if level == Level.docker and landlock.abi():  # the container holds without it
        ruleset = _ruleset(trees, write=("/tmp",))
    if own is None or not own.user_namespace:
        # Processes of the same user may not look in. (In a user namespace it would close /proc/self/uid_map.)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.drop_bounding_set()
    policy = seccomp.policy(architecture, private_tmp=level in _PRIVATE_TMP, writes=level >= Level.landlock)
    return Grounds(level, baseline, spare, rooted, ruleset, architecture, policy)


def _ruleset(trees: Iterable[Tree], write: Iterable[str] = ()) -> int:
    """Read what the trees hold; where a tree has holes, list it too, or nothing in it could be imported."""
    trees = tuple(trees)
    listed = tuple(tree.path for tree in trees if tree.without and os.path.isdir(tree.path))
    return landlock.ruleset([part for tree in trees for part in tree.parts()], write, DEVICES, listed=listed)
