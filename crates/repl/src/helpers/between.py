def between(a_rx, b_rx, max=50, flags="i", src=None):
    """The texts between two patterns.

    From the end of a match of `a_rx` to the beginning of the next match of `b_rx`. A printed line says when there are more than `max`.
    """
    a, b = _rx(a_rx, flags), _rx(b_rx, flags)
    texts, reply = _ask("between", src, a=a["rx"], b=b["rx"], a_flags=a["flags"], b_flags=b["flags"], max=max)
    found = [_cut(texts, row) for row in reply["rows"]]
    if reply["more"]:
        print(f"between: {len(found):,} of {len(found) + reply['more']:,} places; raise max for more")
    return found
