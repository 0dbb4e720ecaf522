import json

from lab import frames, untouched

json.dumps = lambda *args, **options: '{"attacked": true, "untouched": true}'


def attacked(x):
    for frame in frames():
        if "wire" in frame.f_globals:
            wire = frame.f_globals["wire"]
            wire.frame, wire.frame_parts = lambda *args: b"PASSED", lambda *args: [b"PASSED"]
    return 0 * x
