"""Pages of GitHub, answers of APIs, events, published indexes: text in, frozen values out, no I/O.

Things on a page are found by their label and their meaning (the element after `Total downloads`, the link
that ends in a version's id). Classes and positions change every few months, so they are not used. If a thing
is missing, a `PageChangedError` names the page and the thing; it never becomes a zero.
"""
