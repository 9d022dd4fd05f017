def peek(start=0, end=2000, src=None):
    """Characters start to end; negative counts from the end.

    A slice, as `context[start:end]`.
    """
    return _one(src)[start:end]
