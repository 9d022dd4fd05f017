def extract(kind, max=500, src=None):
    """json, url, path, date, number, email, ip, uuid, version, todo, import or error.

    All of that kind, in order. `json` gives values, the other kinds texts; `todo`, `import` and `error` are lines or their ends. A
    printed line says when there are more than `max`.
    """
    texts, reply = _ask("extract", src, kind=kind, max=max)
    found = [_cut(texts, row) for row in reply["rows"]]
    if reply["more"]:
        print(f"extract: {len(found):,} of {len(found) + reply['more']:,}; raise max for more")
    if kind == "json":
        import json

        return [json.loads(text) for text in found]
    return found
