def head(n=20, src=None):
    """The first, or the last, n lines."""
    return lines(1, n, src=src)


def tail(n=20, src=None):
    """The last n lines."""
    return lines(-n, -1, src=src)
