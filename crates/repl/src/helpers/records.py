def records(fmt="auto", src=None):
    """The rows of csv, tsv, jsonl, json or `key: value || key: value` as dicts; bad rows are reported, not kept."""
    rows, bad = [], []
    for text in _texts(src):
        after, form = 0, fmt
        while after is not None:
            _, reply = _ask("records", text, fmt=form, after=after)
            rows.extend(reply["rows"])
            bad.extend(reply["bad"])
            after, form = reply["next"], reply["fmt"]
    if bad:
        examples = "; ".join(f"line {line}: {why}" for line, why in bad[:3])
        print(f"records: {len(bad):,} bad rows left out ({examples})")
    return rows
