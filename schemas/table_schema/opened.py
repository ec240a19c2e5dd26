"""What Frictionless decides once a file: encoding, dialect, header row, labels, and which field each column has.

Everything is asked of Frictionless, so that it is its verdict. Rows are not read here (``reading``), nor judged
(``judging``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frictionless import Field, FrictionlessException, Schema
from frictionless.resources import TableResource

from schemas.sql import whole


@dataclass(frozen=True)
class Fault:
    """One fault of a file, its header or its schema: ``type`` is Frictionless's, ``code`` ours where the type does not
    tell it; ``told`` holds what its sentence needs.
    """

    type: str
    field_number: int | None = None
    field_name: str | None = None
    code: str | None = None
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Opened:
    """A table whose header has been read, or ``faults`` alone if there is no table to read (then ``resource`` is None).

    ``resource`` is Frictionless's ``TableResource``. ``fields`` are those of the columns, in order.
    ``foreign_keys`` are those to the table itself.
    """

    schema: Schema | None = None
    resource: Any = None
    fields: list[Field] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    foreign_keys: Sequence[Mapping[str, Any]] = ()
    broken: list[Fault] = field(default_factory=list)
    """The fault at which reading the rows ended early."""

    @property
    def written_labels(self) -> Sequence[str]:
        """The cells of the header row as written."""
        return self.resource.sample[self.header_row - 1] if self.header_row else ()

    @property
    def header_row(self) -> int:
        """The row of the labels (the last one, if they take several)."""
        return int(self.resource.dialect.header_rows[-1]) if self.resource is not None and self.labels else 0


def open_table(descriptor: Mapping[str, Any], **source: Any) -> Opened:
    """Open a table of Table Schema ``descriptor``; ``source`` is what :class:`TableResource` takes (path, data …)."""
    opened = Opened()
    try:
        opened.schema = Schema.from_descriptor(_whole(descriptor))
        resource: Any = TableResource(**source, schema=opened.schema)
        resource.to_descriptor(validate=True)
        own = _without_own_keys(opened, resource)
        _open(opened, resource)
    except FrictionlessException as error:
        opened.faults += [_fault(reason) for reason in error.to_errors()]
        return opened
    # Frictionless gives no warranty for descriptors that its own check lets pass.
    except Exception as error:
        opened.faults.append(Fault("schema-error", told={"note": f"{type(error).__name__}: {error}"}))
        return opened
    opened.foreign_keys, opened.labels = own, tuple(map(str, resource.labels))
    opened.faults += [_fault(error) for error in resource.header.errors]
    if resource.labels or resource.fragment:
        opened.resource = resource
    else:
        resource.close()
        opened.faults.append(Fault("source-error", told={"note": "the source is empty"}))
    return opened


def dialect(path: Path) -> dict[str, str]:
    """How the file at ``path`` is opened: by its ending, as Frictionless does; what is no TSV is taken for a CSV."""
    # By its folder: Frictionless holds an absolute path for unsafe.
    kind = "tsv" if path.suffix.lower() == ".tsv" else "csv"
    return {"path": path.name, "basepath": str(path.parent), "format": kind}


def _whole(told: Any) -> Any:
    """A descriptor whose texts are whole: what is compared with cells, and printed, is text that UTF-8 can write."""
    if isinstance(told, Mapping):
        return {_whole(key): _whole(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [_whole(item) for item in told]
    return whole(told) if isinstance(told, str) else told


def _fault(error: Any) -> Fault:
    return Fault(
        error.type, getattr(error, "field_number", None), getattr(error, "field_name", None), None, {"note": error.note}
    )


def _without_own_keys(opened: Opened, resource: Any) -> Sequence[Mapping[str, Any]]:
    """Take out the foreign keys to the table itself, which opening would follow row by row, and return them."""
    assert opened.schema is not None
    keys = opened.schema.foreign_keys
    names = ("", None, resource.name)
    if any(key["reference"].get("resource", "") not in names for key in keys):
        return ()
    opened.schema.foreign_keys = []
    return keys


def _open(opened: Opened, resource: Any) -> None:
    """Open the resource, without the constraints that Frictionless cannot use, each of which is a fault."""
    assert opened.schema is not None
    unusable: dict[str, str] = {}
    try:
        resource.open()
    except FrictionlessException:
        raise
    # Whatever Python raises for a pattern or a list that it cannot use.
    except Exception:
        unusable = dict(_without_unusable(opened.schema))
        resource.open()
    opened.fields = resource.header.get_expected_fields()
    for place, told in enumerate(opened.fields, 1):
        if told.name in unusable:
            opened.faults.append(Fault("field-error", place, told.name, told={"note": unusable[told.name]}))


def _without_unusable(schema: Schema) -> Iterator[tuple[str, str]]:
    """Take constraints that no cell reader can be made of out of their fields; field name and Python's reason."""
    for told in schema.fields:
        try:
            told.create_cell_reader()
        # It says so itself, and when: only of fields that have a column.
        except FrictionlessException:
            continue
        except Exception as error:
            told.constraints = {k: v for k, v in told.constraints.items() if k in ("required", "unique")}
            yield told.name, f"{type(error).__name__}: {error}"
