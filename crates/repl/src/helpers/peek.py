def peek(start=0, end=2000, src=None):
    """Characters start to end; negative numbers count from the end."""
    return _one(src)[start:end]
