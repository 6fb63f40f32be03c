"""What stands on GitHub's pages: text in, frozen values out, no I/O.

Things are found by their label and their meaning (the element after `Total downloads`, the link that
ends in a version's id), never by a list of classes or a position, for those change every few months.
What is not found is a `PageChangedError` that names the page and the thing; it never becomes a zero.
"""
