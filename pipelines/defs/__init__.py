"""What Dagster loads: one file a stage, each with the ``@dg.definitions`` or module-level objects of that stage."""
