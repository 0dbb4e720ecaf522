import resource

from lab import attack, can, untouched


@attack
def attacked():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    more = (hard + 1, hard + 1)
    return soft > 64 or can(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, more))
