def outline(depth=2, max=200, src=None):
    """Headings, definitions, keys or files as (first line, last line, title)."""
    _, reply = _ask("outline", src, depth=depth, max=max)
    found = [(first, last, "  " * level + title) for first, last, level, title in reply["rows"]]
    if reply["more"]:
        found.append((0, 0, f"... {reply['more']:,} more: raise max, lower depth, or name a part with src="))
    return found
