"""A run as other programs read it: a module a format. Each goes through the records once and keeps none."""


class ExportError(Exception):
    """A sheet that cannot be filled in or a format that cannot be written, in one sentence."""
