def chunk(size=50_000, overlap=0, by="lines", src=None):
    """Parts of at most size characters that end by 'lines', 'chars', 'heading', 'symbol' or before matches of a pattern."""
    by = by if isinstance(by, str) else by.pattern
    texts, reply = _ask("chunk", src, size=size, overlap=overlap, by=by)
    return [_cut(texts, row) for row in reply["rows"]]
