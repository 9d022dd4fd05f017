def split_by(rx, flags="i", src=None):
    """The texts cut before each match of rx; joined they are the whole."""
    texts, reply = _ask("split_by", src, **_rx(rx, flags))
    return [_cut(texts, row) for row in reply["rows"]]
