def chunk(size=50_000, overlap=0, by="lines", src=None):
    """All of it in parts of at most size; by: lines, chars, heading, symbol or a pattern.

    Without overlap the parts joined are the text. A part ends at the last end of a line (`lines`), before the last heading
    (`heading`), definition (`symbol`) or match of a pattern that fits; where none fits, at the end of a line, and in a line that is
    longer than `size`, anywhere. `overlap` is at most half of `size`. Parts never reach from one text into the next.
    """
    by = by if isinstance(by, str) else by.pattern
    texts, reply = _ask("chunk", src, size=size, overlap=overlap, by=by)
    return [_cut(texts, row) for row in reply["rows"]]
