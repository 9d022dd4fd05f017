def diff(a, b, ctx=3):
    """The unified diff; likeness from 0 to 1.

    Line by line, with `ctx` lines around each change; empty when there is none.
    """
    return _host("diff", {"texts": [_piece(a), _piece(b)], "ctx": ctx})["diff"]


def similar(a, b):
    """How alike two texts are, word by word, from 0 to 1."""
    return _host("diff", {"texts": [_piece(a), _piece(b)], "ctx": None})["ratio"]
