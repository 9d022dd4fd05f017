class Err:
    """What parse returns when there is no value: false in a condition, `.error` says why, `.text` is what was read."""

    ok = False

    def __init__(self, error, text):
        self.error, self.text = error, text

    def __bool__(self):
        return False

    def __repr__(self):
        return f"Err({self.error!r})"


def parse(text, schema=None):
    """The JSON value in what a model wrote (fences, trailing commas and prose are seen to), or a false Err."""
    reply = _host("parse", {"texts": [_piece(text)], "schema": schema})
    return Err(reply["error"], text) if "error" in reply else reply["value"]
