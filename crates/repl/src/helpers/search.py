def search(query, k=10, size=1200, src=None):
    """The parts that fit the words best (BM25): (score, text).

    The texts are cut into parts of at most `size` characters at ends of lines, and those with the rarest words of `query` come first.
    Parts of names count as words (`parseFile`, `parse_file`), and so do plurals. The first search for a word reads the whole
    text, further ones do not.
    """
    texts, reply = _ask("search", src, query=str(query), k=k, size=size)
    return [(score, _cut(texts, row)) for score, row in reply["hits"]]
