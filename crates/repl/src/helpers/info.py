def info(x=None):
    """Size, lines, estimated tokens, format, longest line and oddities of the context, or of any text x."""
    texts, reply = _ask("info", x)
    if len(texts) == 1:
        return {"kind": "text", **reply["parts"][0]}
    kind = "dict" if _is_named(_context() if x is None else x) else "list"
    shown = reply.pop("parts")
    return {"kind": kind, "parts": len(texts), **reply, "first_parts" if len(shown) < len(texts) else "each": shown}
