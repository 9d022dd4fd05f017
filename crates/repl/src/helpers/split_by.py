def split_by(rx, flags="i", src=None):
    """The texts cut before each match; nothing is lost.

    Each part but the first begins with its match, so the parts joined are the text.
    """
    texts, reply = _ask("split_by", src, **_rx(rx, flags))
    return [_cut(texts, row) for row in reply["rows"]]
