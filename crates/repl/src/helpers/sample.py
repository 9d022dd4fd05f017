def sample(items_or_n, n, seed=0, by=None):
    """n of them, the same for a seed; by= keeps the shares of groups.

    Of a number, n numbers below it. The order stays. With `by` (a function, a field's name, a column's number) each group is represented
    while there is room.
    """
    import random

    chance = random.Random(seed)
    items = range(items_or_n) if isinstance(items_or_n, int) else list(items_or_n)
    n = min(n, len(items))
    if by is None:
        return [items[index] for index in sorted(chance.sample(range(len(items)), n))]
    pick, strata = _pick(by), {}
    for index, item in enumerate(items):
        strata.setdefault(_key(pick(item)), []).append(index)
    shares = _shares([len(stratum) for stratum in strata.values()], n)
    chosen = []
    for stratum, share in zip(strata.values(), shares):
        chosen.extend(chance.sample(stratum, share))
    return [items[index] for index in sorted(chosen)]


def _shares(sizes, n):
    """n divided as sizes are, every group represented while there is room, exactly n in all."""
    total = sum(sizes)
    least = 1 if n >= len(sizes) else 0
    shares = [min(size, max(least, n * size // total)) for size in sizes]
    while sum(shares) != n:
        step = 1 if sum(shares) < n else -1
        open_ones = [at for at, size in enumerate(sizes) if (shares[at] < size if step > 0 else shares[at] > least)]
        at = max(open_ones, key=lambda at: step * (n * sizes[at] / total - shares[at]))
        shares[at] += step
    return shares
