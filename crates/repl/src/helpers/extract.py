def extract(kind, max=500, src=None):
    """All of a kind: json, url, path, date, number, email, ip, uuid, version, todo, import, error."""
    texts, reply = _ask("extract", src, kind=kind, max=max)
    found = [_cut(texts, row) for row in reply["rows"]]
    if reply["more"]:
        print(f"extract: {len(found):,} of {len(found) + reply['more']:,}; raise max for more")
    if kind == "json":
        import json

        return [json.loads(text) for text in found]
    return found
