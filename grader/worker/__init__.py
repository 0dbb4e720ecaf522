"""The far end of the wire: loads a submission and answers calls. It runs beside the student's code.

Nothing here is trusted and nothing here defends itself: once the submission is imported it may change
anything in this process. All that it can change is what it answers. No expected value ever comes here.

A LOAD is `{"files": {path: source}, "main": path, "reply_bytes": int}`, answered by READY or FAILED. An ASK
is one call `(index, do, args, results, echo, seed)`, as `suites.types.Call` has it, answered as soon as it
ends by a REPLY `(index, values, echoed)` or a FAILED `{"i", "verdict", "cause", "text"}`. Among args, values
and echoed a value stands in a tuple of its own; a bare str is the name of something kept, or the reason why
a value cannot cross; among args an int is the number of a function of the trusted side. The calls of one
question follow each other without waiting, from index 0 on; what they keep lives until the next question.

While a call that was given functions runs, each call of one is a CALLBACK `(number, args)`, answered by a
RETURNED: the value in a tuple of its own, or a str that says why there is none. Such a call is a question by
itself, so nothing else is on its way meanwhile.
"""

from __future__ import annotations

from grader.worker.failures import FIRST_FRAMES, LAST_FRAMES, MAX_CAUSE, MAX_TEXT
from grader.worker.serving import serve
from grader.worker.submission import Submission

__all__ = ["FIRST_FRAMES", "LAST_FRAMES", "MAX_CAUSE", "MAX_TEXT", "Submission", "serve"]
