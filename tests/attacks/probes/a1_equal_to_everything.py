from lab import untouched


class Equal:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False


def attacked(x):
    return Equal()
