def outline(depth=2, max=200, src=None):
    """Headings, definitions, keys or files: (first line, last line, title).

    Definitions of C, Go, Java, JavaScript, Python, Rust and TypeScript; headings of Markdown and of books; keys of JSON; columns
    of tables; files of a diff. Of several texts their names, and what is in them while that fits into `max`. Deeper titles are
    indented. A last entry with line 0 says how many were cut.
    """
    _, reply = _ask("outline", src, depth=depth, max=max)
    found = [(first, last, "  " * level + title) for first, last, level, title in reply["rows"]]
    if reply["more"]:
        found.append((0, 0, f"... {reply['more']:,} more: raise max, lower depth, or name a part with src="))
    return found
