"""Opens sandboxes in containers: one a submission, or one a worker for many; the next is made beforehand."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from types import TracebackType

from grader.sandbox import relay
from grader.sandbox.control import pipes
from grader.sandbox.docker import image, owner
from grader.sandbox.docker.container import Container
from grader.sandbox.docker.engine import EngineError, ImageMissingError, connect, facts, refusal
from grader.sandbox.docker.gpus import Gpu, Occupancy, taken
from grader.sandbox.docker.hardening import Shape
from grader.sandbox.docker.image import Recipe
from grader.sandbox.levels import Level
from grader.sandbox.running import RunningSandbox, SandboxError, SetupError
from grader.sandbox.types import AS_USUAL, Exit, Housing, Limits

# A shared container is replaced now and then, so that nothing can grow in it.
_RUNS_A_CONTAINER = 500
# The container's clock of last resort runs past the trusted side's own.
_BACKSTOP_S = 2.0
_READY_S = 30.0
_OVER_S = 5.0
_SHAPES_READY = 2  # a submission's usual sandbox, and the one of a part with means of its own


class DockerLauncher:
    """Opens sandboxes of the levels `docker` and `docker_shared`. Safe to share between threads.

    gpu  the device that its sandboxes use, held until the launcher is closed; None where it was to take none.
    """

    stops_at_once = False  # by a word with the engine

    def __init__(
        self,
        level: Level,
        packages: tuple[str, ...] = ("numpy",),
        housing: Housing = AS_USUAL,
    ) -> None:
        self.level = level.name
        self.packages = packages
        self._level = level
        self._recipe = Recipe.of(packages, housing.base)
        with contextlib.ExitStack() as stack:
            self._client = stack.enter_context(contextlib.closing(connect()))
            reason = refusal(facts(self._client), gpu=housing.gpus > 0)
            if reason:
                raise EngineError(reason)
            owner.remove_orphans(self._client)
            self._image = image.build(self._client, self._recipe)
            self.gpu: Gpu | None = stack.enter_context(taken(housing.gpus)) if housing.gpus else None
            self._occupancy = Occupancy(self.gpu) if self.gpu else None
            self._stock = stack.enter_context(contextlib.closing(_Stock(self._make)))
            self._held = stack.pop_all()

    @contextmanager
    def open(self, limits: Limits) -> Iterator[ContainedSandbox]:
        """A sandbox whose worker is confined and waits for its first frame; it ends with the context.

        On a GPU it may stand beside others of this launcher: the first of them waits for the GPU's memory.
        """
        place = self._occupancy.one_more() if self._occupancy else contextlib.nullcontext()
        with place, self._running(limits) as sandbox:
            yield sandbox

    @contextmanager
    def _running(self, limits: Limits) -> Iterator[ContainedSandbox]:
        container, sandbox = self._start(limits)
        try:
            yield sandbox
        finally:
            reusable = False
            try:
                sandbox.close()
                reusable = sandbox.over() and self._level is Level.docker_shared
            finally:
                self._stock.give_back(container, reusable=reusable and container.runs < _RUNS_A_CONTAINER)

    def close(self) -> None:
        """Remove every container, those that are in use included."""
        self._held.close()

    def __enter__(self) -> DockerLauncher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, limits: Limits) -> tuple[Container, ContainedSandbox]:
        shape = Shape.of(limits, self._recipe.target, self.gpu.id if self.gpu else "")
        for attempt in (1, 2):
            container = None
            try:
                container = self._stock.take(shape, ahead=self._level is Level.docker)
                return container, self._order(container, limits)
            except (OSError, EOFError) as error:
                if container is not None:
                    self._stock.give_back(container, reusable=False)
                if isinstance(error, SetupError):
                    raise
                # The container is gone (the kernel was short of memory, say): once more, in a new one.
                if attempt == 2:
                    raise SandboxError(f"no sandbox could be started, twice: {error}") from error
        raise AssertionError("unreachable")

    def _order(self, container: Container, limits: Limits) -> ContainedSandbox:
        wall_s = limits.total_s + _BACKSTOP_S
        sandbox = ContainedSandbox(container, {"limits": asdict(limits), "wall_s": wall_s}, wall_s)
        try:
            sandbox.await_ready(_READY_S)
        except BaseException:
            sandbox.close()
            raise
        return sandbox

    def _make(self, shape: Shape) -> Container:
        try:
            return Container(self._client, self._image, self._level, self.packages, shape)
        except ImageMissingError:  # removed meanwhile, by somebody who cleans up
            self._image = image.build(self._client, self._recipe)
            return Container(self._client, self._image, self._level, self.packages, shape)


class ContainedSandbox(RunningSandbox):
    """A confined worker in a container, whose pipes a thread carries to and fro."""

    def __init__(self, container: Container, order: dict[str, object], wall_s: float) -> None:
        self._used_ns = container.begin()  # raises where the container is gone, before anything is open
        near, self._far = pipes()
        super().__init__(near, wall_s)
        self._container = container
        self._over = False
        container.ends.say(order)
        self._carrier = threading.Thread(target=self._carry, name="assay-container", daemon=True)
        self._carrier.start()

    def cpu_ns(self) -> int:
        """CPU time of the run so far, with what carries it; counted by the container's cgroup."""
        if self._used_ns is None:
            raise OSError("the CPU time of one run of many in a container is known on its own machine alone")
        return self._container.cpu_ns() - self._used_ns

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The whole container paused while the context lasts."""
        with self._container.frozen():
            yield

    def over(self) -> bool:
        """Wait until the container is done with the run; whether it is, and could take another."""
        self._carrier.join(_OVER_S)
        if self._carrier.is_alive():
            with contextlib.suppress(EngineError):
                self._container.kill()
            self._carrier.join(_OVER_S)
        return self._over

    def _take_hold(self, pid: int) -> None:
        """Nothing: the number is one of the container's own."""

    def _await_exit(self) -> Exit:
        ended = super()._await_exit()
        lost = ended.code is None and ended.signal is None
        return self._container.post_mortem() if lost and not self.over() else ended

    def _carry(self) -> None:
        data = self._far.data.detach()
        carried = relay.Relay(
            self._container.ends,
            sources={relay.DATA: data, relay.CANCEL: self._far.cancel},
            sinks={relay.DATA: data, relay.OUTPUT: self._far.output, relay.STATUS: self._far.status},
            over=frozenset(),
        )
        with contextlib.suppress(OSError, EOFError, ValueError):  # the container is gone: its exit says why
            self._over = carried.run() == {"over": True}


class _Stock:
    """Containers that stand ready, one a shape, and threads that make and remove them meanwhile."""

    def __init__(self, make: Callable[[Shape], Container]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._hands = ThreadPoolExecutor(2, thread_name_prefix="assay-containers")
        self._ready: dict[Shape, Future[Container]] = {}
        self._out: set[Container] = set()
        self._closed = False

    def take(self, shape: Shape, *, ahead: bool) -> Container:
        """A container of this shape, for the caller alone; `ahead` has the next one made meanwhile."""
        with self._lock:
            if self._closed:
                raise EngineError("the launcher is closed")
            coming = self._ready.pop(shape, None) or self._hands.submit(self._make, shape)
        try:
            container = coming.result()
        finally:
            if ahead:
                self._make_ready(shape)
        with self._lock:
            if not self._closed:
                self._out.add(container)
                return container
        _remove(container)  # whoever closed us meanwhile could not know of it
        raise EngineError("the launcher is closed")

    def give_back(self, container: Container, *, reusable: bool) -> None:
        """Take back what is used no more: it stands ready again, or is removed."""
        with self._lock:
            self._out.discard(container)
            if self._closed:
                return
            if reusable and container.shape not in self._ready:
                self._ready[container.shape] = Future()
                self._ready[container.shape].set_result(container)
                return
            self._hands.submit(_remove, container)

    def close(self) -> None:
        """Remove everything."""
        with self._lock:
            self._closed = True
            ready, self._ready = self._ready, {}
            out, self._out = self._out, set()
        for container in out:
            _remove(container)
        for future in ready.values():
            if not future.cancel():
                _discard(future)
        self._hands.shutdown()

    def _make_ready(self, shape: Shape) -> None:
        with self._lock:
            if self._closed or shape in self._ready:
                return
            if len(self._ready) >= _SHAPES_READY:
                self._hands.submit(_discard, self._ready.pop(next(iter(self._ready))))
            self._ready[shape] = self._hands.submit(self._make, shape)


def _discard(future: Future[Container]) -> None:
    with contextlib.suppress(OSError):  # what could not be made need not be removed
        _remove(future.result())


def _remove(container: Container) -> None:
    with contextlib.suppress(EngineError):  # its owner's end is found by its label
        container.remove()
