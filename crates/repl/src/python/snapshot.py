"""What is kept of the variables after each block, and their return in a fresh process.

Only what changed is encoded again. A value that cannot change is known by being the same object; another is encoded and compared when the
block mentions it, a variable that shares parts with it, or a function that does, and small ones always.
"""
import base64
import gc
import io
import pickle
import sys
import types

from worker_frames import state
from worker_spans import LazyText, Span, parts_of_context, whole

_LARGEST = 32 << 20
_SMALL_TOTAL = 128 << 10
_FEW = 400
_DEEPEST = 32
_WIDEST = 1 << 63
_MOST_PARTS = 20_000
# Looking into more would take memory that a block may not have left.
_MOST_ITEMS = 200_000
_CONTAINERS = (list, tuple, dict, set, frozenset)

_FROZEN = (str, int, float, complex, bool, bytes, type(None), Span, LazyText, range, types.ModuleType, type)
_FUNCTIONS = (types.FunctionType, type)
_PLAIN = (str, bool, type(None))


class Seen:
    """A variable as it was kept last."""

    __slots__ = ("value", "is_frozen", "digest", "weight", "parts")

    def __init__(self, value, is_frozen, digest, weight, parts):
        self.value, self.is_frozen, self.digest, self.weight, self.parts = value, is_frozen, digest, weight, parts


def describe(value):
    """The type, with the length where it has one: `list[31]`."""
    kind = type(value)
    name = "str" if kind is Span else "str" if kind is LazyText else kind.__name__
    if isinstance(value, (str, bytes, list, tuple, dict, set, frozenset, LazyText)):
        return f"{name}[{len(value)}]"
    return name


def size(value, depth=0):
    """Bytes it takes, about: a container's items are estimated from a few of them."""
    if isinstance(value, LazyText):
        return 0
    total = sys.getsizeof(value)
    if depth >= 3 or isinstance(value, (str, bytes)):
        return total
    if isinstance(value, dict):
        return total + _sampled(list(_first(value.items(), 8)), len(value), depth)
    if isinstance(value, (list, tuple)):
        step = max(1, len(value) // 8)
        return total + _sampled(value[::step], len(value), depth)
    if isinstance(value, (set, frozenset)):
        return total + _sampled(list(_first(value, 8)), len(value), depth)
    held = getattr(value, "__dict__", None)
    return total + size(held, depth + 1) if type(held) is dict and held and not isinstance(value, type) else total


def _first(items, count):
    for _turn, item in zip(range(count), items):
        yield item


def _sampled(items, count, depth):
    if not items:
        return 0
    return sum(size(item, depth + 1) for item in items) * count // len(items)


def _is_plain(value, budget, depth=0):
    """Whether JSON says all of it and every reader of JSON reads the same, for small values. Long integers and fractions are not such."""
    budget[0] -= 1
    kind = type(value)
    if kind is int:
        return -_WIDEST <= value < _WIDEST
    if kind in _PLAIN:
        return True
    if budget[0] <= 0 or depth >= _DEEPEST:
        return False
    if kind is list:
        return len(value) < budget[0] and all(_is_plain(item, budget, depth + 1) for item in value)
    if kind is dict:
        return len(value) < budget[0] and all(
            type(key) is str and _is_plain(item, budget, depth + 1) for key, item in value.items()
        )
    return False


class Keeper:
    """Knows what was kept, and what has to be kept again."""

    def __init__(self, variables, hidden):
        self.variables = variables
        self._hidden = hidden
        self._seen = {}
        self._sources = {}
        self._told = set()

    def is_variable(self, name):
        return not name.startswith("__") and name not in self._hidden

    def learn_sources(self, sources):
        """The text of the functions and classes a block defined, by their names."""
        self._sources.update(sources)

    def settle(self, mentioned):
        """Entries for what changed, the names that are gone, and remarks."""
        current = {name: value for name, value in self.variables.items() if self.is_variable(name)}
        gone = [name for name in self._seen if name not in current]
        for name in gone:
            del self._seen[name]
        touched = self._touched(mentioned, current)
        entries, hints, spent = [], [], 0
        for name, value in current.items():
            old = self._seen.get(name)
            same = old is not None and old.value is value
            if same and old.is_frozen:
                continue
            if same and name not in touched:
                if spent + old.weight > _SMALL_TOTAL:
                    continue
                spent += old.weight
            entry = self._attempted(name, value, old if same else None, hints)
            if entry is not None:
                entries.append(entry)
        return entries, gone, hints

    def _touched(self, mentioned, current):
        """Names whose values the block can have changed."""
        names, todo = set(), [name for name in mentioned if name in current]
        while todo:
            name = todo.pop()
            if name in names:
                continue
            names.add(name)
            code = getattr(current[name], "__code__", None)
            if isinstance(code, types.CodeType):
                todo.extend(other for other in names_in(code) if other in current)
        reached = set()
        for name in names:
            old = self._seen.get(name)
            if old is not None and not old.is_frozen:
                reached |= old.parts
        if reached:
            names.update(
                name for name, old in self._seen.items() if not old.is_frozen and not reached.isdisjoint(old.parts)
            )
        return names

    def _attempted(self, name, value, old, hints):
        """The entry of a variable. Its own code may run meanwhile, so it can be interrupted."""
        state.is_running = True
        try:
            return self._entry(name, value, old, hints)
        except (Exception, KeyboardInterrupt) as error:
            state.is_running = False
            self._seen[name] = Seen(value, True, None, 0, frozenset())
            hints.append(f"`{name}` cannot be kept ({type(error).__name__}).")
            return {"name": name, "how": "lost", "data": None}
        finally:
            state.is_running = False

    def _entry(self, name, value, old, hints):
        is_frozen = isinstance(value, _FROZEN) or isinstance(value, types.FunctionType)
        how, data, weight = self._encoded(name, value)
        digest = hash(data) if how == "pickle" else hash(repr(data)) if how == "json" else None
        if old is not None and digest == old.digest and how != "lost":
            return None
        parts = frozenset() if is_frozen else _parts_of(value)
        self._seen[name] = Seen(value, is_frozen, digest, weight, parts)
        if how == "lost" and name not in self._told:
            self._told.add(name)
            hints.append(f"`{name}` ({describe(value)}) {data}: it is lost if the interpreter has to be started again.")
        if how == "pickle":
            data = base64.b64encode(data).decode("ascii")
        return {"name": name, "how": how, "data": data if how != "lost" else None}

    def _encoded(self, name, value):
        if isinstance(value, types.ModuleType):
            return "module", value.__name__, 0
        if isinstance(value, _FUNCTIONS) and getattr(value, "__module__", None) == "__main__":
            return self._code_of(name, value.__qualname__)
        part = whole(value)
        if part is not None:
            return "whole", part.index, 0
        if _is_plain(value, [_FEW]) and size(value) < _SMALL_TOTAL:
            return "json", value, 1024
        if size(value) > _LARGEST and not isinstance(value, Span):
            return "lost", "is too large to be kept", _SMALL_TOTAL * 2
        try:
            data = pickle.dumps(value, 4)
        except Exception as error:
            return "lost", f"cannot be kept ({type(error).__name__})", _SMALL_TOTAL * 2
        if len(data) > _LARGEST:
            return "lost", "is too large to be kept", len(data)
        return "pickle", data, len(data)

    def _code_of(self, name, defined):
        source = self._sources.get(defined)
        if source is not None:
            return "code", source if name == defined else f"{source}\n{name} = {defined}", 0
        source = self._sources.get(name) if defined == "<lambda>" else None
        return ("code", source, 0) if source is not None else ("lost", "has no text of its own", 0)


def _parts_of(value):
    """The identities of a value and of the containers within it, as far as a change of one could show in another."""
    parts, todo = {id(value)}, [value]
    while todo and len(parts) < _MOST_PARTS:
        holder = todo.pop()
        if isinstance(holder, _CONTAINERS) and len(holder) > _MOST_ITEMS:
            continue
        for part in gc.get_referents(holder):
            if gc.is_tracked(part) and not isinstance(part, (type, types.ModuleType, types.FunctionType)):
                if id(part) not in parts:
                    parts.add(id(part))
                    todo.append(part)
    return frozenset(parts)


def names_in(code):
    """The global names a code object mentions, those of the functions in it too."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= names_in(constant)
    return names


def bring_back(entries, order, variables, run_source):
    """Binds what was kept, and returns the names that could not be."""
    simple = ("module", "json", "whole")
    todo = [entry for entry in entries if entry["how"] in simple]
    todo += [entry for entry in entries if entry["how"] not in simple and entry["how"] != "lost"]
    # Functions, classes and their instances need each other in no order that could be told beforehand.
    while todo:
        failed = [entry for entry in todo if not _is_back(entry, variables, run_source)]
        if len(failed) == len(todo):
            break
        todo = failed
    lost = [entry["name"] for entry in todo]
    lost.extend(entry["name"] for entry in entries if entry["how"] == "lost")
    ordered = {name: variables[name] for name in order if name in variables}
    for name in ordered:
        del variables[name]
    variables.update(ordered)
    return lost


def _is_back(entry, variables, run_source):
    try:
        _bring_one(entry, variables, run_source)
    except Exception:
        return False
    return True


def _bring_one(entry, variables, run_source):
    name, how, data = entry["name"], entry["how"], entry["data"]
    if how == "module":
        __import__(data)
        variables[name] = sys.modules[data]
    elif how == "json":
        variables[name] = data
    elif how == "whole":
        variables[name] = parts_of_context()[data].text()
    elif how == "code":
        run_source(name, data)
    else:
        variables[name] = pickle.load(io.BytesIO(base64.b64decode(data)))
