"""Which records speak of one organization or place?  Keys that decide alone, evidence that is weighed, people's word.

``normal`` makes comparable features of what sources write, ``deciding`` knows the keys that decide alone, ``model``
weighs the evidence of a pair (Splink on DuckDB, reviewed weights in ``model.json``), ``training`` learns those weights
from labelled records, ``clusters`` makes entities of pairs under constraints, ``engine`` is the one entry for any
table, ``night`` asks it for the records of a night.

Not here: minting and keeping ids (``warehouse.identity``), where judgements are kept (``warehouse.ledger``), which
value an entity shows (``warehouse.golden``).
"""
