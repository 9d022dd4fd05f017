def grep(rx, ctx=0, max=100, flags="i", src=None):
    """Lines that match as (line number, text), ctx lines around each; the last entry says how many were cut."""
    texts, reply = _ask("grep", src, ctx=ctx, max=max, **_rx(rx, flags))
    found = [(row[3], _cut(texts, row)) for row in reply["rows"]]
    if reply["more"]:
        found.append((0, f"... {reply['more']:,} more lines match: raise max, or make rx narrower"))
    return found
