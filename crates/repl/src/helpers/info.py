def info(x=None):
    """Kind, size, lines, tokens, format and oddities of the context, or of x.

    A dict: `chars`, `lines`, `est_tokens` (bytes / 4), `format` (a guess), `longest_line`, `notes` (byte order mark, CRLF, NUL
    and the like), `sha256`. Of several texts the sums, and up to 50 of them one by one.
    """
    texts, reply = _ask("info", x)
    if len(texts) == 1:
        return {"kind": "text", **reply["parts"][0]}
    kind = "dict" if _is_named(_context() if x is None else x) else "list"
    shown = reply.pop("parts")
    return {"kind": kind, "parts": len(texts), **reply, "first_parts" if len(shown) < len(texts) else "each": shown}
