"""What does *valid* mean?  The rulebook and the engine that applies it.

Here live: Table Schemas (``tables/``), code lists (``codes/``), formats (``formats/``, one file each),
row checks (``checks/``), messages (``messages.*.yml``), :class:`~schemas.finding.Finding`, and
:func:`schemas.engine.validate`, the one door through which every table goes.

Not here: where data comes from (``sources``), which records are one entity (``warehouse``), what is
published (``publish``). This package imports nothing of the project.
"""
