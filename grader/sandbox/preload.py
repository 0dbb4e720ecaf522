"""What the zygote imports once, so that no run pays for it and none needs files it may not reach later."""

from __future__ import annotations

import contextlib
import importlib
import os
import pathlib
import stat
import sys
from collections.abc import Iterable
from typing import Final

# What most submissions import. Every megabyte is copied twice a run, page table by page table, and imported
# once a zygote, so the rest waits until a submission asks for it.
_USUAL: Final = """
    abc collections.abc copy dataclasses enum functools itertools math operator random re string time types
    typing warnings
"""

# Where the interpreter lies in a closed home directory and the submission runs as another user, the standard
# library is out of reach after the start: then what coursework uses of it is imported here, except for what
# is large and seldom used (asyncio, pdb, email).
_STANDARD: Final = """
    __future__ abc argparse array ast base64 bisect calendar cmath collections.abc colorsys concurrent.futures
    contextlib contextvars copy csv ctypes dataclasses datetime decimal difflib dis enum fnmatch fractions
    functools gc getpass glob graphlib gzip hashlib heapq hmac importlib.resources inspect io itertools json
    keyword linecache locale logging math mmap numbers operator os.path pathlib pickle pkgutil platform pprint
    queue random re reprlib resource secrets select shlex shutil signal socket statistics string struct
    subprocess sysconfig tempfile textwrap threading time timeit traceback tracemalloc types typing unittest
    uuid warnings weakref zipfile zlib encodings.ascii encodings.idna encodings.latin_1
    encodings.utf_8_sig
"""

_USUAL_PARTS: Final = {
    "numpy": "numpy.random numpy.linalg numpy.lib.stride_tricks ",
    "torch": "torch.nn torch.nn.functional torch.optim torch.autograd torch.utils.data ",
}
_PARTS: Final = {
    "numpy": """
        numpy.fft numpy.ma numpy.polynomial numpy.testing numpy.typing numpy.lib.format
        numpy.lib.recfunctions numpy.ctypeslib numpy.exceptions
    """,
}


def is_out_of_reach(*, own_root: bool) -> bool:
    """Whether runs cannot read the interpreter's files: they get another user, who may not pass some folder.

    A root of their own shows the files in folders of its own, which are open.
    """
    if own_root or os.getuid() != 0:
        return False
    folders = pathlib.Path(os.__file__).resolve().parents
    return not all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def standard_library(*, everything: bool) -> None:
    """Import the part of the standard library that coursework uses; what this build lacks is left out."""
    for name in (_USUAL + _STANDARD * everything).split():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def packages(names: Iterable[str], search: Iterable[str], *, everything: bool) -> None:
    """Import distributions by name from `search`, which leaves sys.path again, and warm them up."""
    before = list(sys.path)
    sys.path.extend(search)
    try:
        for name in names:
            importlib.import_module(name.replace("-", "_"))
            for part in (_USUAL_PARTS.get(name, "") + _PARTS.get(name, "") * everything).split():
                with contextlib.suppress(ImportError):
                    importlib.import_module(part)
        if "numpy" in sys.modules:
            _warm_numpy()
        if "torch" in sys.modules:
            _warm_torch()
    finally:
        sys.path[:] = before


def close_room() -> None:
    """Take the grader's modules out of reach of `import`; whoever holds them keeps working."""
    for name in [name for name in sys.modules if name == "grader" or name.startswith("grader.")]:
        module = sys.modules.pop(name)
        if hasattr(module, "__path__"):
            module.__path__ = []
    for folder in [path for path in sys.path_importer_cache if path not in sys.path]:
        del sys.path_importer_cache[folder]


def reseed() -> None:
    """Give a fork its own random state: its siblings have inherited the same.

    NumPy gets a number: left to itself it hashes the system's entropy, which takes as long as a fork's share.
    """
    sys.modules["random"].seed()
    if "numpy" in sys.modules:
        sys.modules["numpy.random"].seed(int.from_bytes(os.urandom(4), "little"))
    if "torch" in sys.modules:
        sys.modules["torch"].seed()


def _warm_numpy() -> None:
    """Touch what NumPy loads late: linear algebra, generators, einsum."""
    numpy = sys.modules["numpy"]
    square = numpy.eye(4)
    numpy.linalg.svd(square @ square)
    numpy.einsum("ij,jk->ik", square, square)
    numpy.random.default_rng(0).normal(size=4)
    str(square)


def _warm_torch() -> None:
    """Touch what torch loads late: autograd, an optimiser's first step. Never CUDA: no fork survives it."""
    torch = sys.modules["torch"]
    torch.set_num_threads(1)
    layer = torch.nn.Linear(2, 2)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
    layer(torch.ones(1, 2)).sum().backward()
    optimiser.step()
