def records(fmt="auto", src=None):
    """Dicts from csv, tsv, json, jsonl or `key: v || key: v`.

    `fmt` is one of csv, tsv, json, jsonl, pairs, or `auto`. Values of tables are texts. A JSON value that is no object becomes
    `{"value": ...}`. Bad rows are left out, and a printed line says how many, where and why.
    """
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
