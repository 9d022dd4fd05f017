def freq(items, k=20):
    """The k most frequent items with their counts; of a text, its words. group_by: a dict of lists."""
    import collections
    import re

    if isinstance(items, str):
        items = re.findall(r"\w+", items.lower())
    counts, shown = collections.Counter(), {}
    for item in items:
        key = _key(item)
        counts[key] += 1
        shown.setdefault(key, item)
    return [(shown[key], times) for key, times in counts.most_common(k)]


def group_by(items, key):
    """The items by what key gives for each: a function, a field's name, or a column's number."""
    pick, groups = _pick(key), {}
    for item in items:
        groups.setdefault(_key(pick(item)), []).append(item)
    return groups
