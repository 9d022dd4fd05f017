def budget():
    """Calls, tokens, dollars, seconds, turns: used and left."""
    return _host("budget", {})
