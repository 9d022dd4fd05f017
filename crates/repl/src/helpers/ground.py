# What the helpers share: the texts of a call, and the parts of them that the host names by rows.


class _Values:
    """The texts of a context by name, in order; each is loaded when it is touched."""

    def __init__(self, named):
        self._named, self._names = named, list(named)

    def __len__(self):
        return len(self._names)

    def __getitem__(self, index):
        return self._named[self._names[index]]


def _is_named(value):
    return hasattr(value, "keys") and hasattr(value, "__getitem__")


def _texts(src):
    """What src stands for: the context, a part of it by name or number, a text, or several."""
    whole = _context()
    if src is None or src is whole:
        src = whole
    elif type(src) is str and _is_named(whole) and src in whole:
        src = whole[src]
    elif type(src) is int and not _is_text(whole):
        src = (_Values(whole) if _is_named(whole) else whole)[src]
    if _is_text(src):
        return [src]
    if src is whole:
        return _Values(whole) if _is_named(whole) else whole
    if _is_named(src):
        src = src.values()
    if not hasattr(src, "__iter__"):
        raise TypeError(f"{type(src).__name__} is no text; give a str, several in a list, or the name of a part")
    return [item if _is_text(item) else str(item) for item in src]


def _one(src):
    """The only text that src stands for."""
    texts = _texts(src)
    if len(texts) == 1:
        return texts[0]
    whole = _context()
    example = repr(next(iter(whole))) if _is_named(whole) and len(whole) else "0"
    raise ValueError(f"there are {len(texts)} texts: say which one, src={example} for the first of the context")


def _ask(name, src, **arguments):
    """Calls the host part of a helper; returns the texts it worked on and its reply."""
    texts = _texts(src)
    is_whole = src is None or src is _context()
    arguments["texts"] = "*" if is_whole else [_piece(text) for text in texts]
    return texts, _host(name, arguments)


def _cut(texts, row):
    """The part of a text that a row names; it knows where it comes from."""
    return _slice(texts[row[0]], row[1], row[2])


def _rx(rx, flags):
    """A pattern and its flags as the host takes them; a compiled pattern brings its own flags."""
    if hasattr(rx, "pattern"):
        flags = "".join(letter for letter, bit in (("i", 2), ("s", 16), ("x", 64)) if rx.flags & bit)
        rx = rx.pattern
    return {"rx": rx, "flags": flags}


def _key(item):
    """Something hashable that is equal for equal items."""
    try:
        hash(item)
        return item
    except TypeError:
        return repr(item)


def _pick(key):
    """A function from what may be a function, the name of a field, or the number of a column."""
    if callable(key):
        return key
    return lambda item: item.get(key) if _is_named(item) else item[key] if isinstance(key, int) else getattr(item, key)
