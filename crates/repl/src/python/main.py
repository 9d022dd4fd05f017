"""The worker's loop: takes what the host asks for, one thing after the other."""
import sys
import types

from worker_calls import plain
from worker_cells import Cells
from worker_context import context, is_text, open_context, piece, pieces
from worker_frames import await_interrupts, call, listen_to_interrupts, receive, send
from worker_snapshot import describe, size
from worker_spans import Span, cut, span

# Entries of more than this go ahead of a report, one a frame.
_LARGE_ENTRY = 1 << 20


def _host(name, arguments=None):
    try:
        return call("helper", {"name": name, "input": {} if arguments is None else plain(arguments)})
    except Exception as error:
        if type(error).__name__ == "CallError":
            raise ValueError(str(error)) from None
        raise


def _helper_names(sources, seed, variables):
    """The functions of all helpers, run in one namespace of their own."""
    # Known by its name, so that values of its classes can be kept.
    module = sys.modules["helpers"] = types.ModuleType("helpers")
    module.__dict__.update(
        _host=_host, _piece=piece, _pieces=pieces, _span=span, _context=context, _is_text=is_text, Span=Span,
        _slice=cut, _describe=describe, _size=size, _seed=seed, _variables=variables,
    )
    for name, source in sources:
        exec(compile(source, f"<helper {name}>", "exec", 0, True), module.__dict__)
    offered = {}
    for name, value in module.__dict__.items():
        if not name.startswith("_") and getattr(value, "__module__", None) == "helpers":
            offered[name] = value
    return offered


def _send_entries(entries):
    """Sends the large ones; returns the others."""
    small = []
    for entry in entries:
        if entry["how"] == "pickle" and len(entry["data"]) > _LARGE_ENTRY:
            send({"op": "entry", "entry": entry})
        else:
            small.append(entry)
    return small


def serve(opening):
    open_context(opening["shape"], opening["parts"])
    held = {}
    names = _helper_names(opening["helpers"], opening["seed"], lambda: held["cells"].variables)
    cells = held["cells"] = Cells(opening["limits"], opening["seed"], names)
    listen_to_interrupts()
    waiting = []
    send({"op": "ready"})
    while True:
        asked = receive()
        op = asked.get("op")
        if op == "run":
            await_interrupts(asked["interrupts"])
            report = cells.run(asked["cell"], asked["code"])
            report["entries"] = _send_entries(report["entries"])
            send({"op": "done", **report})
        elif op == "value":
            send({"op": "value", "found": cells.value(asked["name"])})
        elif op == "variables":
            send({"op": "variables", "variables": cells.described()})
        elif op == "assign":
            entries, gone, _hints = cells.assign(asked["name"], asked["value"])
            send({"op": "assigned", "entries": _send_entries(entries), "gone": gone})
        elif op == "entry":
            waiting.append(asked["entry"])
        elif op == "restore":
            lost = cells.bring_back(asked["entries"] + waiting, asked["order"])
            waiting = []
            send({"op": "restored", "lost": lost})
