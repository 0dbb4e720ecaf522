"""The far end of the wire: loads a submission and answers calls. It runs beside the student's code.

Nothing here is trusted and nothing here defends itself: once the submission is imported it may change
anything in this process. All that it can change is what it answers. No expected value ever comes here.

A LOAD is `{"files": {path: source}, "main": path, "reply_bytes": int}`, answered by READY or FAILED. An ASK
is one question `(index, (text, values))`, answered as soon as it ends by a REPLY `(index, values, echoed)` or
a FAILED `{"i", "verdict", "cause", "text"}`. The text is JSON: a list of calls `[do, args, results, echo,
seed]`, as `suites.types.Call` has them, nearly always one. Among args a str names something kept, k is the
place of a value and ~k of one to copy, `[number]` is a function of the trusted side; among results a str says
under which name to keep something, `[name, method]` what to keep of it. In a reply a value stands in a tuple
of its own; a bare str is the reason why one cannot cross. Where an accelerator was used, a fourth element
says for how many microseconds, by its own clock. The questions of one `ask` follow each other
without waiting, from index 0 on; what they keep lives until the next.

While a question that was given functions is answered, each call of one is a CALLBACK `(number, *args)`,
answered by a RETURNED: the value, or a str that says why there is none. Such a question is sent by itself, so
nothing else is on its way meanwhile.
"""

from __future__ import annotations

from grader.worker.failures import FIRST_FRAMES, LAST_FRAMES, MAX_CAUSE, MAX_TEXT
from grader.worker.serving import serve
from grader.worker.submission import Submission

__all__ = ["FIRST_FRAMES", "LAST_FRAMES", "MAX_CAUSE", "MAX_TEXT", "Submission", "serve"]
