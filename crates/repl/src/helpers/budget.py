def budget():
    """Calls, tokens, dollars, seconds and turns: used and left."""
    return _host("budget", {})
