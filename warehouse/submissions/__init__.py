"""What was sent to the inbox, on its way to a record: approved, not withdrawn, and of it only what its consents open.

A submission is what one organization wrote in one file; its records wait until a steward approves it (house rule 6).
Of the same natural key the newest approved one counts, and of an organization's whole statements the newest approved
alone. The way, a module a step:

    ``work``       what was submitted, as the inbox took it in; nothing here changes it
    ``register``   each submission, and where it is on its way (``STATES``)
    ``reading``, ``differences``, ``likeness``   what a steward looks at before deciding
    ``decisions``  what a steward may say; the only module that writes, and only into the ledger
    ``consents``   what a form says may be published, and on which days that is open
    ``serving``    which submission of a record counts tonight: what follows from work, ledger and day
    ``admission``  what of those becomes accepted records
    ``hiding``     what a steward hid, once records have become entities

Not here: which texts wait for a steward (``clearances``), what stays protected though its record is gone
(``protection``), how a steward is asked and told (``pipelines.approvals``).
"""

from warehouse.submissions.admission import account, admit, digest
from warehouse.submissions.consents import OPEN
from warehouse.submissions.decisions import (
    DecisionError,
    StandingError,
    approve,
    clear,
    full_id,
    hide_id,
    reject,
    withdraw,
    withheld,
)
from warehouse.submissions.differences import Change, changes, replaces
from warehouse.submissions.hiding import LOCATED, hide
from warehouse.submissions.likeness import Alike, alike
from warehouse.submissions.reading import contents
from warehouse.submissions.register import STATES, Submission, listing
from warehouse.submissions.work import SOURCE, work_of

__all__ = [
    "LOCATED",
    "OPEN",
    "SOURCE",
    "STATES",
    "Alike",
    "Change",
    "DecisionError",
    "StandingError",
    "Submission",
    "account",
    "admit",
    "alike",
    "approve",
    "changes",
    "clear",
    "contents",
    "digest",
    "full_id",
    "hide",
    "hide_id",
    "listing",
    "reject",
    "replaces",
    "withdraw",
    "withheld",
    "work_of",
]
