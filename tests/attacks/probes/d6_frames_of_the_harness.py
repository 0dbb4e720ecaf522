from lab import frames, untouched

SECRETS = ("expected", "oracle", "secret", "plan", "commitment", "case", "conditioning")


def attacked(x):
    for frame in frames():
        for name in SECRETS:
            for names in (frame.f_locals, frame.f_globals):
                if name in names:
                    print("THROUGH", name, flush=True)
                    return names[name]
    return 0 * x
