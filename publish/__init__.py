"""publish: what do we promise to readers? Exporters, documents, the release and its switch.

Nothing here decides what is valid (``schemas``) or what is known (``warehouse``).
"""
