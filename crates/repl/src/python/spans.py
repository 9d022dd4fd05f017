"""Texts of the context, loaded when a block first touches them, and pieces that know where they come from."""
import bisect
import codecs
import collections
import mmap
import os

from worker_frames import call, receive_bytes

# Above this a text stays on disk: a str of it could cost four times as much (one emoji widens all of it).
LARGEST_STR = 64 << 20
# Above this the whole text is a plain str, since a `Span` is made by copying; what blocks cut from it are spans all the same.
LARGEST_SPAN = 8 << 20
_BLOCK = 1 << 20
_MARK_CHARS = 1 << 16
# Shorter parts of a prompt are not worth a reference.
WORTH_A_REFERENCE = 1024

_new = str.__new__
_recent = collections.deque(maxlen=2048)


class Span(str):
    """A piece of the context. `.src` names its text, `.start` and `.end` count characters, `.line` is its first line."""

    __slots__ = ("_part", "start")

    @property
    def src(self):
        return self._part.name

    @property
    def end(self):
        return self.start + len(self)

    @property
    def line(self):
        return self._part.line_of(self.start)

    def __getitem__(self, key):
        piece = str.__getitem__(self, key)
        if type(key) is slice and (key.step is None or key.step == 1):
            return _make(piece, self._part, self.start + key.indices(len(self))[0])
        return piece

    def strip(self, chars=None):
        return self.lstrip(chars).rstrip(chars)

    def lstrip(self, chars=None):
        piece = str.lstrip(self, chars)
        return _make(piece, self._part, self.start + len(self) - len(piece))

    def rstrip(self, chars=None):
        return _make(str.rstrip(self, chars), self._part, self.start)

    def __str__(self):
        return str.__str__(self)

    def __format__(self, spec):
        _remember(self)
        return str.__format__(self, spec)

    def __add__(self, other):
        _remember(self)
        return str.__add__(self, other)

    def __radd__(self, other):
        _remember(self)
        return str.__add__(other, self) if isinstance(other, str) else NotImplemented

    def __reduce_ex__(self, _protocol):
        return restore, (self._part.index, self.start, len(self), self._part.source)


def _make(piece, part, start):
    span = _new(Span, piece)
    span._part = part
    span.start = start
    return span


def _remember(span):
    if len(span) >= WORTH_A_REFERENCE:
        _recent.append(span)


def first_recent(text):
    """The piece of the context last put into a text, among the few that come into question: prompts are asked in the order in which they are made."""
    for turn in range(min(6, len(_recent))):
        known = _recent.popleft() if turn < 4 else _recent.pop()
        at = text.find(known)
        if at >= 0:
            return at, known
    return None


def forget_recent():
    _recent.clear()


def restore(index, start, length, source):
    """The piece of a snapshot again."""
    part = parts[index]
    if part.source != source:
        raise ValueError("the context is another one")
    return part.cut(start, start + length)


class Part:
    """One text of the context."""

    __slots__ = ("index", "name", "source", "size", "is_ascii", "fd", "_text", "_marks")

    def __init__(self, index, fields):
        self.index = index
        self.name = fields["name"]
        self.source = fields["source"]
        self.size = fields["bytes"]
        self.is_ascii = fields["is_ascii"]
        self.fd = fields.get("fd")
        self._text = None
        self._marks = None

    @property
    def is_loaded(self):
        return self._text is not None

    def text(self):
        if self._text is None:
            if self.size > LARGEST_STR and self.fd is not None:
                self._text = LazyText(self)
            elif self.fd is not None:
                self._keep(_blocks_of(self.fd))
            else:
                load([self])
        return self._text

    def _keep(self, blocks):
        text = _decoded(blocks, self.is_ascii)
        self._text = _make(text, self, 0) if len(text) <= LARGEST_SPAN else text

    def cut(self, start, end):
        """The piece between two characters."""
        text = self.text()
        if type(text) is not str:
            return text[start:end]
        first, last, _step = slice(start, end).indices(len(text))
        return _make(text[first:last], self, first)

    def marks(self):
        """Bytes before each 65,536th character."""
        if self._marks is None:
            text, at, marks = self.text(), 0, [0]
            for first in range(0, len(text), _MARK_CHARS):
                at += _bytes_in(str.__getitem__(text, slice(first, first + _MARK_CHARS)))
                marks.append(at)
            self._marks = marks
        return self._marks

    def to_byte(self, char):
        if self.is_ascii:
            return char
        if type(self.text()) is LazyText:
            return self._text.to_byte(char)
        mark = char // _MARK_CHARS
        rest = str.__getitem__(self._text, slice(mark * _MARK_CHARS, char))
        return self.marks()[mark] + _bytes_in(rest)

    def to_char(self, byte):
        if self.is_ascii:
            return byte
        if type(self.text()) is LazyText:
            return self._text.to_char(byte)
        marks = self.marks()
        mark = bisect.bisect_right(marks, byte) - 1
        rest = str.__getitem__(self._text, slice(mark * _MARK_CHARS, (mark + 1) * _MARK_CHARS))
        raw = rest.encode("utf-8")[: byte - marks[mark]]
        return mark * _MARK_CHARS + len(raw.decode("utf-8", "ignore"))

    def line_of(self, char):
        return self.text().count("\n", 0, char) + 1


def _bytes_in(text):
    return len(text) if text.isascii() else len(text.encode("utf-8"))


def _blocks_of(fd):
    at = 0
    while True:
        block = os.pread(fd, 4 * _BLOCK, at)
        if not block:
            return
        at += len(block)
        yield block


def _decoded(blocks, is_ascii):
    decoder = codecs.getincrementaldecoder("ascii" if is_ascii else "utf-8")()
    text = ""
    for block in blocks:
        # Adding to a local variable extends it in place: there is never a second copy.
        text += decoder.decode(block)
    return text


def load(wanted):
    """Loads texts that no descriptor leads to, all with one call."""
    missing = [part for part in wanted if not part.is_loaded]
    if not missing:
        return

    def sink(_reply):
        for part in missing:
            part._keep(_received(part.size))

    call("parts", {"indexes": [part.index for part in missing]}, sink)


def _received(count):
    while count:
        block = receive_bytes()
        count -= len(block)
        yield block


class LazyText:
    """A text of more than 64 MB that stays on disk. It has length, slices, `in`, `find`, `count` and lines; helpers do the rest."""

    __slots__ = ("_part", "_map", "_marks")

    def __init__(self, part):
        self._part = part
        self._map = mmap.mmap(part.fd, part.size, access=mmap.ACCESS_READ)
        self._marks = None

    src = property(lambda self: self._part.name)
    start = property(lambda self: 0)
    end = property(lambda self: len(self))
    line = property(lambda self: 1)

    def _edges(self):
        """Byte offset and character number at the beginning of each block."""
        if self._marks is None:
            bytes_at, chars_at, at, chars = [0], [0], 0, 0
            while at < self._part.size:
                end = self._boundary(min(at + _BLOCK, self._part.size))
                chars += len(self._map[at:end].decode("utf-8"))
                at = end
                bytes_at.append(at)
                chars_at.append(chars)
            self._marks = bytes_at, chars_at
        return self._marks

    def _boundary(self, byte):
        while byte < self._part.size and self._map[byte] & 0xC0 == 0x80:
            byte -= 1
        return byte

    def to_byte(self, char):
        if self._part.is_ascii:
            return char
        bytes_at, chars_at = self._edges()
        mark = bisect.bisect_right(chars_at, char) - 1
        if mark + 1 == len(bytes_at):
            return bytes_at[mark]
        block = self._map[bytes_at[mark] : bytes_at[mark + 1]].decode("utf-8")
        return bytes_at[mark] + _bytes_in(block[: char - chars_at[mark]])

    def to_char(self, byte):
        if self._part.is_ascii:
            return byte
        bytes_at, chars_at = self._edges()
        mark = bisect.bisect_right(bytes_at, byte) - 1
        return chars_at[mark] + len(self._map[bytes_at[mark] : byte].decode("utf-8", "ignore"))

    def __len__(self):
        return self._part.size if self._part.is_ascii else self._edges()[1][-1]

    def __bool__(self):
        return self._part.size > 0

    def __getitem__(self, key):
        if not isinstance(key, slice):
            index = key + len(self) if key < 0 else key
            if not 0 <= index < len(self):
                raise IndexError("string index out of range")
            return self[index : index + 1]
        first, last, step = key.indices(len(self))
        if step != 1:
            raise ValueError("a large text is sliced without a step")
        raw = self._map[self.to_byte(first) : self.to_byte(max(first, last))]
        if len(raw) > LARGEST_STR:
            raise MemoryError("a slice of more than 64 MB; use chunk() or smaller slices")
        return _make(raw.decode("utf-8"), self._part, first)

    def find(self, sub, start=0, end=None):
        first, last, _step = slice(start, end).indices(len(self))
        found = self._map.find(sub.encode("utf-8"), self.to_byte(first), self.to_byte(last))
        return found if found < 0 else self.to_char(found)

    def __contains__(self, sub):
        return self._map.find(sub.encode("utf-8")) >= 0

    def count(self, sub, start=0, end=None):
        needle = sub.encode("utf-8")
        if not needle:
            raise ValueError("nothing to count")
        first, last, _step = slice(start, end).indices(len(self))
        at, end, total = self.to_byte(first), self.to_byte(last), 0
        while True:
            at = self._map.find(needle, at, end)
            if at < 0:
                return total
            total += 1
            at += len(needle)

    def __iter__(self):
        """Its lines, without their ends."""
        byte, char = 0, 0
        while byte < self._part.size:
            end = self._map.find(b"\n", byte)
            end = self._part.size if end < 0 else end
            line = self._map[byte:end].decode("utf-8")
            yield _make(line, self._part, char)
            byte, char = end + 1, char + len(line) + 1

    def splitlines(self):
        return iter(self)

    def __repr__(self):
        return f"<{self._part.size:,} bytes of {self._part.name}: use slices, find, count, lines, or the helpers>"

    def __reduce_ex__(self, _protocol):
        return _lazy, (self._part.index,)


def _lazy(index):
    return parts[index].text()


parts = ()
_by_source = {}


def open_parts(described):
    global parts
    parts = tuple(Part(index, fields) for index, fields in enumerate(described))
    _by_source.update((part.source, part) for part in parts)


def parts_of_context():
    return parts


def span(source, start, end):
    """The piece between two byte offsets of a text."""
    part = _by_source[source]
    return part.cut(part.to_char(start), part.to_char(end))


def whole(value):
    """The part that a value is the whole text of."""
    if isinstance(value, (str, LazyText)):
        for part in parts:
            if part._text is value:
                return part
    return None


def cut(value, start, end):
    """`value[start:end]`, which remembers where it comes from also when `value` is a large context."""
    if type(value) is str and len(value) > LARGEST_SPAN:
        part = whole(value)
        if part is not None:
            return part.cut(start, end)
    return value[start:end]
