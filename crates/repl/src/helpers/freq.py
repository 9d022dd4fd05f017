def freq(items, k=20):
    """The most frequent items with counts; a dict of lists.

    Of a text, its words in lower case.
    """
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
    """The items by what key gives for each.

    `key` is a function, the name of a field, or the number of a column.
    """
    pick, groups = _pick(key), {}
    for item in items:
        groups.setdefault(_key(pick(item)), []).append(item)
    return groups
