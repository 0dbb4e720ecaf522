"""The near end of the wire: asks a confined submission and believes nothing it hears.

`SandboxStudent` is a `suites.types.Student` whose answers come from sandboxes. It holds the clock: a question
has a deadline that starts again with each answer, the submission has one for the whole. What comes back is
bytes until `wire.decode` has made plain values of them; anything out of order ends the sandbox.
"""

from __future__ import annotations

from grader.student.asking import USUAL, SandboxStudent

__all__ = ["USUAL", "SandboxStudent"]
