def quote(text, src=None):
    """Where it stands literally, or None; cite its .src and .line.

    White space counts as one space, everything else must be equal. `f"{q.src}:{q.line}"` is the citation.
    """
    texts, row = _ask("quote", src, quote=str(text))
    return None if row is None else _cut(texts, row)
