import json,sys
def _fill(count):
    held = b""
    while len(held) < count:
        piece = __import__("os").read(3, count - len(held))
        if not piece:
            __import__("os")._exit(0)
        held += piece
    return held
_opening = json.loads(_fill(int.from_bytes(_fill(4), "big")))
for _name, _source in _opening["modules"]:
    _module = sys.modules[_name] = type(sys)(_name)
    exec(compile(_source, f"<{_name}>", "exec", 0, True), _module.__dict__)
sys.modules["worker_main"].serve(_opening)
