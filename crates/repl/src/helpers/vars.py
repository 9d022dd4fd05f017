def vars():
    """The variables: (name, type, bytes); a copy kept, a copy fetched.

    `SHOW_VARS()` is the same.
    """
    hidden = ("context", "answer", "_out", "_", "_saved")
    shown = {name: value for name, value in _variables().items() if not name.startswith("__") and name not in hidden}
    return [(name, _describe(value), _size(value)) for name, value in shown.items()]


SHOW_VARS = vars


def save(name):
    """Keeps a copy of a variable's value, which later changes do not touch."""
    import copy

    variables = _variables()
    if name not in variables:
        raise NameError(f"no variable is called {name!r}: save takes the name as text")
    # A new dict each time: what is bound anew is kept with the variables.
    variables["_saved"] = {**variables.get("_saved", {}), name: copy.deepcopy(variables[name])}


def load(name):
    """A copy of what save kept under this name."""
    import copy

    saved = _variables().get("_saved", {})
    if name not in saved:
        raise NameError(f"nothing is saved as {name!r}; saved: {', '.join(saved) or 'nothing'}")
    return copy.deepcopy(saved[name])
