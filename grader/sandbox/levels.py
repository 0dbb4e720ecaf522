"""The levels of isolation, from weakest to strongest, and what each promises."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """How a submission is confined. A stronger level holds everything a weaker one does."""

    process = 1
    seccomp = 2
    landlock = 3
    docker_shared = 4
    namespace = 5
    docker = 6

    @property
    def promise(self) -> str:
        """What the level does, in words for `assay doctor`."""
        return _PROMISES[self]

    @property
    def trusted_with_strangers(self) -> bool:
        """Whether other people's code may run in it without the instructor saying so in words."""
        return self >= Level.landlock

    @property
    def in_container(self) -> bool:
        """Whether it needs an engine that runs containers."""
        return self in (Level.docker_shared, Level.docker)


_PROMISES = {
    Level.process: (
        "own process group, resource limits and a wall clock; no protection of files, network or other "
        "processes: for your own code"
    ),
    Level.seccomp: (
        "that, and a system call filter (no sockets, no fork, no exec, no writing of files), "
        "no capabilities, an own user id where started by root; files that user may read stay readable"
    ),
    Level.landlock: (
        "that, and Landlock: only the interpreter and the listed packages can be read; "
        "names and sizes of other files stay visible"
    ),
    Level.docker_shared: (
        "landlock inside a hardened container, which one worker's submissions use one after the other: they "
        "share its memory limit and process numbers; for large classes that you trust"
    ),
    Level.namespace: (
        "landlock, and own user, process, mount, network and IPC namespaces with a minimal read-only root "
        "and a size-capped /tmp"
    ),
    Level.docker: (
        "a hardened container a submission, with landlock inside: an image of its own, no network, no "
        "capabilities, memory, processes and CPU held by cgroups; a GPU where one is asked for"
    ),
}


def level_named(name: str) -> Level:
    """The level of this name (a hyphen will do); raises ValueError, listing the names there are."""
    try:
        return Level[name.replace("-", "_")]
    except KeyError:
        known = ", ".join(level.name for level in Level)
        raise ValueError(f"no sandbox level is called {name!r}; there are {known}") from None
