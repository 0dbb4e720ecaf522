"""Proves assignments, and the tests of what measures: `assay validate`, `python -m assay.proving.suites`."""
