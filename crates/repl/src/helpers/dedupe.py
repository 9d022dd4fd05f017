def dedupe(items, near=None):
    """Without repeats; near=0.8 also drops what is 80 % alike.

    The first of each stays. Likeness is the share of common stretches of five letters (Jaccard), without regard to case and white space.
    """
    items = list(items)
    if near is None:
        firsts = {}
        for item in items:
            firsts.setdefault(_key(item), item)
        return list(firsts.values())
    kept = _host("dedupe", {"texts": [_piece(item) for item in items], "near": near})["kept"]
    return [items[index] for index in kept]
