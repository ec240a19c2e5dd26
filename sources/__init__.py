"""Where does data come from?  One folder a source, readers by file format, fetchers by protocol.

``catalog`` loads what the folders say, ``landing`` keeps bytes as published, ``readers`` makes rows of them,
``mapping`` makes canonical text of rows, ``ingest`` takes one source through all of it. ``forms`` writes and reads
what people fill, ``inbox`` takes in what they drop, ``onboarding`` drafts a new source, ``answers`` tells a provider
what to correct.

Not here: what a valid value is (``schemas``), what records mean together (``warehouse``).
"""
