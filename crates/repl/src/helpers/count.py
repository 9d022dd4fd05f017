def count(rx, flags="i", src=None):
    """How many matches, exactly; the matches, or their groups.

    Counts matches, which can be more than the lines that `grep` finds.
    """
    return _ask("count", src, max=0, **_rx(rx, flags))[1]["total"]


def find_all(rx, max=1000, flags="i", src=None):
    """The matches in order: texts, or the groups when rx has some.

    One group gives its texts, several give tuples, as `re.findall` does. A printed line says when more than `max` were found.
    """
    texts, reply = _ask("count", src, max=max, **_rx(rx, flags))

    def group(index, place):
        return "" if place is None else _slice(texts[index], place[0], place[1])

    found = [tuple(group(index, place) for place in places) for index, places in reply["rows"]]
    if reply["total"] > len(found):
        print(f"find_all: {len(found):,} of {reply['total']:,} matches; raise max for more")
    return [groups[0] if len(groups) == 1 else groups for groups in found]
