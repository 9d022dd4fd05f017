def coverage(spans):
    """The share of the context that these parts are, gaps, what was read twice.

    A dict: `fraction`, and in characters `chars`, `read`, `unread`, `read_twice`; `gaps` has the 50 largest as (part, start, end). `not_of_the_context`
    counts texts that do not know where they come from.
    """
    whole = _context()
    texts = _texts(None)
    names = list(whole) if _is_named(whole) else None
    sizes = {}
    for index in range(len(texts)):
        name = names[index] if names else getattr(texts[index], "src", index)
        sizes[name] = len(texts[index])
    places = {name: [] for name in sizes}
    foreign = 0
    for span in [spans] if _is_text(spans) else spans:
        if getattr(span, "src", None) in places:
            places[span.src].append((span.start, span.end))
        else:
            foreign += 1
    gaps, read, double = [], 0, 0
    for name, size in sizes.items():
        at = 0
        for start, end in sorted(places[name]):
            if start > at:
                gaps.append((name, at, start))
            read += max(0, end - max(at, start))
            double += max(0, min(at, end) - start)
            at = max(at, end)
        if at < size:
            gaps.append((name, at, size))
    total = sum(sizes.values())
    gaps.sort(key=lambda gap: gap[1] - gap[2])
    report = {
        "fraction": round(read / total, 4) if total else 1.0,
        "chars": total,
        "read": read,
        "unread": total - read,
        "read_twice": double,
        "gaps": gaps[:50],
    }
    if len(gaps) > 50:
        report["more_gaps"] = len(gaps) - 50
    if foreign:
        report["not_of_the_context"] = foreign
    return report
