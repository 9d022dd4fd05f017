def dedupe(items, near=None):
    """The items without repeats; near=0.8 also drops texts that share 80 % of their letter sequences with an earlier one."""
    items = list(items)
    if near is None:
        return list({_key(item): item for item in reversed(items)}.values())[::-1]
    kept = _host("dedupe", {"texts": [_piece(item) for item in items], "near": near})["kept"]
    return [items[index] for index in kept]
