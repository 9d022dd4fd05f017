"""The context variable, and texts on their way to the host: by reference where they come from it."""
import collections.abc

from worker_frames import words
from worker_spans import (
    LARGEST_SPAN,
    LARGEST_STR,
    WORTH_A_REFERENCE,
    LazyText,
    Span,
    first_recent,
    load,
    open_parts,
    parts_of_context,
    whole,
)


def _refuse(*_arguments, **_named):
    raise TypeError("context is read-only; bind what you make of it to another name")


class TextList(list):
    """The texts of a context without names."""

    append = extend = insert = pop = remove = clear = sort = reverse = _refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    __hash__ = None

    def __reduce_ex__(self, _protocol):
        return context, ()


class TextDict(dict):
    """The texts of a context by name."""

    update = pop = popitem = clear = setdefault = __setitem__ = __delitem__ = __ior__ = _refuse
    __hash__ = None

    def __reduce_ex__(self, _protocol):
        return context, ()


class LazyList(collections.abc.Sequence):
    """The texts of a large context without names, each loaded when it is touched."""

    def __len__(self):
        return len(parts_of_context())

    def __getitem__(self, key):
        if isinstance(key, slice):
            return [part.text() for part in parts_of_context()[key]]
        return parts_of_context()[key].text()

    def __repr__(self):
        return f"<{len(self)} texts, each loaded when it is used>"

    def __reduce_ex__(self, _protocol):
        return context, ()


class LazyDict(collections.abc.Mapping):
    """The texts of a large context by name, each loaded when it is touched."""

    def __init__(self):
        self._by_name = {part.name: part for part in parts_of_context()}

    def __len__(self):
        return len(self._by_name)

    def __iter__(self):
        return iter(self._by_name)

    def __getitem__(self, name):
        return self._by_name[name].text()

    def __repr__(self):
        return f"<{len(self)} texts by name, each loaded when it is used>"

    def __reduce_ex__(self, _protocol):
        return context, ()


_shape = "text"
_context = None
_pristine = None


def open_context(shape, described):
    global _shape
    open_parts(described)
    _shape = shape


def _is_large():
    return sum(part.size for part in parts_of_context()) > LARGEST_STR


def context():
    """The value of `context`."""
    global _context, _pristine
    parts = parts_of_context()
    if _context is None:
        if _shape == "text":
            _context = parts[0].text() if parts else ""
        elif _is_large():
            _context = LazyList() if _shape == "list" else LazyDict()
        else:
            load([part for part in parts if part.fd is None])
            texts = [part.text() for part in parts]
            _pristine = tuple(texts)
            names = [part.name for part in parts]
            _context = TextList(texts) if _shape == "list" else TextDict(zip(names, texts))
    return _context


def is_context_loaded():
    return _context is not None


def mend_context():
    """Makes the context again when a block got at it past its methods."""
    global _context
    if _pristine is None:
        return
    held = _context if _shape == "list" else _context.values()
    if len(held) != len(_pristine) or any(a is not b for a, b in zip(held, _pristine)):
        _context = None
        context()


def _reference(part, start, end):
    return {"source": part.source, "start": part.to_byte(start), "end": part.to_byte(end)}


def piece(text):
    """A text as the host takes it: by reference when it is part of the context."""
    if not isinstance(text, (str, LazyText)):
        text = str(text)
    if isinstance(text, Span):
        return _reference(text._part, text.start, text.start + len(text))
    part = whole(text) if isinstance(text, LazyText) or len(text) > LARGEST_SPAN else None
    if part is not None:
        return {"source": part.source, "start": 0, "end": part.size}
    return {"text": words(str(text))}


def pieces(value=None):
    """A value, or the whole context, as a list of such pieces."""
    if value is None or (value is _context and _shape != "text"):
        return [{"source": part.source, "start": 0, "end": part.size} for part in parts_of_context()]
    if isinstance(value, (list, tuple)):
        return [one for item in value for one in pieces(item)]
    if isinstance(value, collections.abc.Mapping):
        return [one for item in value.values() for one in pieces(item)]
    return [piece(value)]


def prompt_pieces(text):
    """A prompt, where what was put into it from the context becomes a reference again."""
    if isinstance(text, (Span, LazyText)) or not isinstance(text, str):
        return pieces(text)
    found = []
    if whole(text) is not None:
        return pieces(text)
    while len(text) >= WORTH_A_REFERENCE:
        place = first_recent(text)
        if place is None:
            break
        at, known = place
        if at:
            found.append({"text": words(text[:at])})
        found.append(piece(known))
        text = text[at + len(known) :]
    if text or not found:
        found.append({"text": words(str(text))})
    return found


def is_text(value):
    return isinstance(value, (str, LazyText))
