def peek(start=0, end=None, src=None):
    """Characters start to end, or 2,000; negative counts from the end.

    A slice, as `context[start:end]`.
    """
    text = _one(src)
    if end is None:
        first = max(0, start + len(text)) if start < 0 else start
        return _slice(text, first, first + 2000)
    return _slice(text, start, end)
