"""Writes `check.pyz`: one file that Python runs. The same kit and code make the same bytes."""

from __future__ import annotations

import io
import zipfile

from assay.kit.check import SEALED
from assay.kit.code import members
from assay.kit.sealed import Kit, to_bytes

NAME = "check.pyz"
_SEALED = f"assay/kit/{SEALED}"
_SHEBANG = b"#!/usr/bin/env python3\n"
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that an archive can say
_FILE = 0o100644 << 16
_START = '''\
"""Says how far your work is right: python check.pyz, beside it."""

import sys

if sys.version_info < (3, 9):
    sys.stderr.write("check.pyz needs Python 3.9 or newer; this is %d.%d\\n" % sys.version_info[:2])
    sys.exit(2)
if sys.platform == "win32":
    sys.stderr.write("check.pyz runs on Linux and macOS; on Windows, run it in WSL\\n")
    sys.exit(2)

from assay.kit.importing import shut_out_work

shut_out_work()  # before anything else is imported

from assay.kit.main import main

sys.exit(main())
'''


def archive(kit: Kit) -> bytes:
    """The bytes of `check.pyz`."""
    held = {**members(), "__main__.py": _START.encode(), _SEALED: to_bytes(kit)}
    stream = io.BytesIO()
    stream.write(_SHEBANG)
    with zipfile.ZipFile(stream, "a") as file:
        for name in sorted(held):
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr, info.create_system = _FILE, 3
            file.writestr(info, held[name], zipfile.ZIP_DEFLATED, compresslevel=9)
    return stream.getvalue()
