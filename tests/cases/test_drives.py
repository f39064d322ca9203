from __future__ import annotations

import pytest

from magistrate.cases.drives import drive_remarks, known_drives


def remarks(folder, tmp_path, *lines: str) -> list[str]:
    mounts = tmp_path / "mounts"
    mounts.write_text("".join(f"{line}\n" for line in ("1 0 8:1 / / rw - ext4 /dev/sda1 rw", *lines)))
    return list(drive_remarks(folder, mounts))


def test_a_disk_of_this_machine_needs_no_remark(tmp_path) -> None:
    assert remarks(tmp_path, tmp_path) == []


@pytest.mark.parametrize("system", ["nfs4", "cifs", "9p", "fuse.sshfs"])
def test_t_case_8_a_network_drive_is_told(tmp_path, system) -> None:
    folder = tmp_path / "the share" / "case"
    folder.mkdir(parents=True)
    mount = f"2 1 0:9 / {tmp_path}/the\\040share rw - {system} server:/x rw"

    assert remarks(folder, tmp_path, mount)[0].startswith(f"the case lies on a network drive ({system})")


def test_t_case_8_of_nested_mounts_the_innermost_counts(tmp_path) -> None:
    outer, inner = f"2 1 0:9 / {tmp_path} rw - nfs4 s:/x rw", f"3 2 8:2 / {tmp_path}/case rw - ext4 /dev/b rw"
    (tmp_path / "case").mkdir()

    assert remarks(tmp_path / "case", tmp_path, inner, outer) == []


@pytest.mark.parametrize("name", ["OneDrive - Example", "Dropbox"])
def test_t_case_8_a_synced_folder_is_told(tmp_path, name) -> None:
    folder = tmp_path / name / "case"
    folder.mkdir(parents=True)

    assert "the case lies in a synced folder" in remarks(folder, tmp_path)[0]


def test_t_case_8_a_folder_that_folds_case_is_told(tmp_path, monkeypatch) -> None:
    (tmp_path / "case.json").write_text("{}")
    (tmp_path / "CASE.JSON").hardlink_to(tmp_path / "case.json")  # as such a folder shows it

    assert remarks(tmp_path, tmp_path)[-1].startswith("the folder does not tell upper from lower case")


def test_without_a_list_of_mounts_only_names_are_judged(tmp_path) -> None:
    assert list(drive_remarks(tmp_path, tmp_path / "none")) == []


def test_every_kind_of_place_is_there_once() -> None:
    names = [drive.name for drive in known_drives()]

    assert len(set(names)) == len(names)
