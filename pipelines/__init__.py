"""When, and in what order: Dagster's assets, checks, job and schedule, and the command line.

No domain logic lives here: a body calls the room that knows, and shows what came of it.
"""
