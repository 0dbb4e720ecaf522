"""The student kit: a starter, a handout, and `check.pyz`, which asks what an assignment has sealed for it.

`assay release` builds it (`release`, `archive`, `code`, `untold`); `main` is what runs in the archive, on a
machine with Python and NumPy and nothing else.
"""
