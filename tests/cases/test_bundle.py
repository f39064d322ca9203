from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from magistrate.cases.bundle import MANIFEST, open_bundle, write_bundle
from magistrate.cases.entries import Draft, Kind
from magistrate.cases.record import append, read_record
from magistrate.cases.verify import verify
from magistrate.errors import ExportError, SourceError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("cases")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def bundle(finished, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "case.zip"
    write_bundle(finished / "case", path)
    return path


def changed(bundle: Path, target: Path, members: dict[str, bytes], *, twice: str | None = None) -> Path:
    """A copy with other members; the manifest stays unless it is one of them."""
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(target, "w") as new:
        contents = {name: old.read(name) for name in old.namelist()} | members
        for name, content in contents.items():
            new.writestr(name, content)
        if twice:
            with pytest.warns(UserWarning, match="Duplicate name"):
                new.writestr(twice, b"x")
    return target


def test_a_bundle_opens_as_the_case_it_was_made_from(finished, bundle, tmp_path) -> None:
    manifest = open_bundle(bundle, tmp_path / "case")

    assert tree(tmp_path / "case") == tree(finished / "case")
    assert manifest.head == read_record(finished / "case").head
    assert verify(tmp_path / "case", recompute=False).faults == ()


def test_the_same_case_gives_the_same_bytes(finished, bundle, tmp_path) -> None:
    write_bundle(finished / "case", tmp_path / "again.zip")

    assert bundle.read_bytes() == (tmp_path / "again.zip").read_bytes()


def test_a_bundle_without_events_says_why_its_verdict_is_not_made_once_more(case, author, tmp_path) -> None:
    append(case, [Draft(Kind.EXPORT, {"to": "b.zip", "events": False})], author)
    write_bundle(case, tmp_path / "b.zip", events=False)
    open_bundle(tmp_path / "b.zip", tmp_path / "copy")
    found = verify(tmp_path / "copy")

    assert not (tmp_path / "copy" / "events").exists()
    assert found.faults == ()
    assert "left out of the bundle" in found.checks[-1].remarks[0]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("report.md", b"closed", "longer than announced|shorter than announced|another SHA-256"),
        ("../evil", b"x", "could leave the folder"),
        ("/evil", b"x", "could leave the folder"),
        ("C:evil", b"x", "could leave the folder"),
        ("a\\b", b"x", "could leave the folder"),
        ("extra.txt", b"x", "other files than its manifest announces"),
        (MANIFEST, b"{}", "of another form"),
        (MANIFEST, b"[" * 100_000, "no bundle that can be opened"),
    ],
)
def test_t_case_5_a_bundle_that_was_changed_is_refused_and_leaves_nothing(
    bundle, tmp_path, name, content, said
) -> None:
    bad = changed(bundle, tmp_path / "bad.zip", {name: content})

    with pytest.raises(SourceError, match=said):
        open_bundle(bad, tmp_path / "case")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.zip"]


def test_t_case_5_a_name_that_is_there_twice_is_refused(bundle, tmp_path) -> None:
    bad = changed(bundle, tmp_path / "bad.zip", {}, twice="report.md")

    with pytest.raises(SourceError, match="a name is there twice"):
        open_bundle(bad, tmp_path / "case")


def test_t_case_5_a_changed_record_is_refused_though_the_manifest_fits(bundle, tmp_path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        record = archive.read("case.sqlite").replace(b"started", b"stArted")
    manifest["files"]["case.sqlite"] = [hashlib.sha256(record).hexdigest(), len(record)]
    members = {"case.sqlite": record, MANIFEST: json.dumps(manifest).encode()}
    bad = changed(bundle, tmp_path / "bad.zip", members)

    with pytest.raises(SourceError, match="entry 2: its content has the hash"):
        open_bundle(bad, tmp_path / "case")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 1000])
def test_what_is_no_zip_is_refused(tmp_path, content) -> None:
    (tmp_path / "bad.zip").write_bytes(content)

    with pytest.raises(SourceError, match="no bundle that can be opened"):
        open_bundle(tmp_path / "bad.zip", tmp_path / "case")


def test_a_bundle_is_not_written_into_its_case_nor_opened_over_a_folder(case, bundle, tmp_path) -> None:
    with pytest.raises(UsageError, match="would lie in the case itself"):
        write_bundle(case, case / "b.zip")
    with pytest.raises(UsageError, match="the folder exists"):
        open_bundle(bundle, case)
    with pytest.raises(ExportError, match="could not be written"):
        write_bundle(case, tmp_path / "none" / "b.zip")
