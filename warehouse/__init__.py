"""What do we know?  DuckDB: accepted records become entities with stable ids.

``build`` makes ``warehouse.duckdb`` anew each night from the accepted records, ``ledger`` is the memory that a
rebuild must not lose, ``checks`` says what records of different sources say against each other, ``identity`` which
records are one entity and which id it has, ``golden`` which value it has, ``visibility`` how much of where it is may
be told, ``guard`` whether our own tables keep their promise.

Not here: validation of a single record (``schemas``), what leaves the house (``publish``).
"""
