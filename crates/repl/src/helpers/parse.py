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
    """The JSON in what a model wrote, or a false Err.

    Fences, words around it, trailing commas, wrong quotation marks and a missing end are seen to. With a JSON schema it is the first value
    that fits; a text schema takes plain words. `Err` is false in a condition; `.error` says why, `.text` is what was read.
    """
    reply = _host("parse", {"texts": [_piece(text)], "schema": schema})
    return Err(reply["error"], text) if "error" in reply else reply["value"]
