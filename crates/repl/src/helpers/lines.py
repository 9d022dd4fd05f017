def lines(a, b=None, numbered=False, src=None):
    """Lines a to b, from 1; negative counts from the end.

    Both lines are included; without `b` it is line `a` alone. `numbered=True` puts the number before each line.
    """
    text = _one(src)
    texts, reply = _ask("lines", text, first=a, last=a if b is None else b)
    part = _cut(texts, reply["row"])
    if not numbered:
        return part
    rows = str(part).split("\n")
    width = len(str(reply["first"] + len(rows)))
    return "\n".join(f"{number:>{width}}: {row}" for number, row in enumerate(rows, reply["first"]))
