def quote(text, src=None):
    """Where text stands literally, white space apart, or None: cite it as f"{q.src}:{q.line}"."""
    texts, row = _ask("quote", src, quote=str(text))
    return None if row is None else _cut(texts, row)
