"""Archives as students and attackers make them, in memory."""

import gzip
import io
import json
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

Entries = Mapping[str, bytes] | Iterable[tuple[str, bytes]]


def zipped(entries: Entries, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, data in _pairs(entries):
            info = zipfile.ZipInfo("x")
            info.filename = info.orig_filename = name  # as it is, where the constructor would tidy up
            info.compress_type = packing
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive._didModify = True
            archive.NameToInfo.pop(name, None)  # or two of one name would warn
            archive.writestr(info, data)
    return stream.getvalue()


def zipped_kind(name: str, mode: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, b"/etc/passwd")
    return stream.getvalue()


def tarred(entries: Entries, form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, data in _pairs(entries):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def tarred_kind(name: str, kind: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    return stream.getvalue()


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def notebook(*cells: str | list[str], version: int = 4, **more: Any) -> bytes:
    key = "source" if version == 4 else "input"
    code = [{"cell_type": "code", key: cell, "metadata": {}, "outputs": []} for cell in cells]
    title = {"cell_type": "markdown", "source": ["# Homework"], "metadata": {}}
    listed = {"cells": [title, *code]} if version == 4 else {"worksheets": [{"cells": [title, *code]}]}
    return json.dumps({"nbformat": version, "nbformat_minor": 0, "metadata": {}, **listed, **more}).encode()


def _pairs(entries: Entries) -> Iterable[tuple[str, bytes]]:
    return entries.items() if isinstance(entries, Mapping) else entries
