def grep(rx, ctx=0, max=100, flags="i", src=None):
    """Matching lines: (line, text); the last entry says how many were cut.

    Each line once, with `ctx` lines before and behind it in its text. When more than `max` match, the last entry is
    `(0, "... n more lines match")`.
    """
    texts, reply = _ask("grep", src, ctx=ctx, max=max, **_rx(rx, flags))
    found = [(row[3], _cut(texts, row)) for row in reply["rows"]]
    if reply["more"]:
        found.append((0, f"... {reply['more']:,} more lines match: raise max, or make rx narrower"))
    return found
