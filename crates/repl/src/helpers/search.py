def search(query, k=10, size=1200, src=None):
    """The k parts that fit the words of query best (BM25), best first, as (score, text)."""
    texts, reply = _ask("search", src, query=str(query), k=k, size=size)
    return [(score, _cut(texts, row)) for score, row in reply["hits"]]
