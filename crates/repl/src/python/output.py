"""What a block prints, and how values are shown: beginning and end, with the true length between."""


class Output:
    """Takes the place of the standard streams. Keeps the beginning up to a limit, and always the end."""

    encoding = "utf-8"
    errors = "replace"
    closed = False

    def __init__(self, shown, kept):
        self._shown, self._limit = shown, kept
        self.begin()

    def begin(self):
        self._pieces, self._kept, self._tail, self._tail_length = [], 0, [], 0
        self.bytes = self.chars = 0

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str")
        count = len(text)
        self.chars += count
        self.bytes += count if text.isascii() else len(text.encode("utf-8", "replace"))
        room = self._limit - self._kept
        if room > 0:
            piece = str(text[:room]) if count > room else str(text)
            self._pieces.append(piece)
            self._kept += len(piece)
            text = text[len(piece) :]
        if text:
            self._keep_end(text)
        return count

    def _keep_end(self, text):
        text = str(text[-self._shown :])
        self._tail.append(text)
        self._tail_length += len(text)
        if self._tail_length > 4 * self._shown:
            self._tail = ["".join(self._tail)[-self._shown :]]
            self._tail_length = len(self._tail[0])

    def flush(self):
        pass

    def isatty(self):
        return False

    def writable(self):
        return True

    def kept(self):
        """All that is kept of what was printed."""
        return "".join(self._pieces)

    def excerpt(self, number):
        """What the root is shown."""
        text = self.kept()
        if self.chars <= self._shown:
            return text
        half = max(1, self._shown // 2)
        end = (text[-half:] + "".join(self._tail))[-half:]
        kept = "the whole text" if self.chars == len(text) else f"the first {len(text):,} characters"
        left_out = self.chars - 2 * half
        return f"{text[:half]}\n… {left_out:,} of {self.chars:,} characters left out; _out[{number}] has {kept} …\n{end}"


def show(value, limit):
    """The value as Python writes it, with the middle of what is long left out."""
    text = _written(value, limit, 0)
    # A text is cut already, so that its quotes stay.
    if len(text) <= limit or isinstance(value, str):
        return text
    half = max(1, limit // 2)
    return f"{text[:half]} … {len(text) - 2 * half:,} characters left out … {text[-half:]}"


def _written(value, limit, depth):
    kind = type(value)
    if isinstance(value, str) and kind.__repr__ is str.__repr__:
        if len(value) > limit:
            half = max(1, limit // 2)
            return f"{str(value[:half])!r} … {len(value) - 2 * half:,} characters left out … {str(value[-half:])!r}"
        return str.__repr__(value)
    if kind in (list, tuple) and depth < 4 and len(value) > 0:
        return _sequence(value, limit, depth)
    if kind is dict and depth < 4 and len(value) > 0:
        return _mapping(value, limit, depth)
    return repr(value)


def _sequence(value, limit, depth):
    begin, end = ("[", "]") if type(value) is list else ("(", ",)" if len(value) == 1 else ")")
    items, used = [], 0
    for item in value:
        if used > limit:
            items.append(f"… {len(value) - len(items):,} more of {len(value):,}")
            break
        items.append(_written(item, limit, depth + 1))
        used += len(items[-1]) + 2
    return begin + ", ".join(items) + end


def _mapping(value, limit, depth):
    items, used = [], 0
    for key, item in value.items():
        if used > limit:
            items.append(f"… {len(value) - len(items):,} more of {len(value):,}")
            break
        items.append(f"{_written(key, limit, depth + 1)}: {_written(item, limit, depth + 1)}")
        used += len(items[-1]) + 2
    return "{" + ", ".join(items) + "}"
