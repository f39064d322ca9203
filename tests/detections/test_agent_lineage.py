"""M7 holds for the path and the signer expected there, and for nothing else."""

from __future__ import annotations

import pytest

from magistrate.detections.methods.agent_lineage import expected_signers, is_verified

CCM = r"C:\Windows\CCM\CcmExec.exe"
VENDOR = "Microsoft Corporation"


def test_every_folder_with_its_signer_is_verified():
    assert all(
        is_verified(f"{folder}agent.exe", "true", who, "Valid") for folder, who in expected_signers().items()
    )


def test_a_record_without_a_status_counts_by_its_signature():
    assert is_verified(CCM, "true", VENDOR, None)


@pytest.mark.parametrize(
    ("image", "signed", "signer", "status"),
    [
        pytest.param(CCM, "true", "Example Software", "Valid", id="another signer"),
        pytest.param(CCM, "true", VENDOR + " Ltd", "Valid", id="signer that only begins alike"),
        pytest.param(CCM, "true", None, "Valid", id="signer not recorded"),
        pytest.param(CCM, "false", VENDOR, "Valid", id="not signed"),
        pytest.param(CCM, None, VENDOR, "Valid", id="nothing said of a signature"),
        pytest.param(CCM, "true", VENDOR, "Expired", id="signature not valid"),
        pytest.param(
            r"C:\Windows\CCM2\CcmExec.exe", "true", VENDOR, "Valid", id="folder that only begins alike"
        ),
        pytest.param(r"C:\Windows\CCM\..\Temp\x.exe", "true", VENDOR, "Valid", id="path that climbs out"),
        pytest.param(r"C:\Windows\servicing\x.exe", "true", VENDOR, "Valid", id="signer of another agent"),
    ],
)
def test_not_verified(image, signed, signer, status):
    assert not is_verified(image, signed, signer, status)
