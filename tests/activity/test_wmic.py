import pytest

from magistrate.activity.wmic import is_wmic, wmic_features


def labels(command: str) -> set[str]:
    return set(wmic_features(command).methods)


@pytest.mark.parametrize(
    ("command", "label"),
    [
        ("wmic process call create notepad.exe", "wmic-process-create"),
        ('wmic path win32_process call create "calc.exe"', "wmic-process-create"),
        ('wmic process where name="a.exe" delete', "wmic-process-terminate"),
        ("wmic process where \"name='a.exe'\" call terminate", "wmic-process-terminate"),
        ("wmic shadowcopy delete /nointeractive", "wmic-shadowcopy-delete"),
        ("wmic shadowcopy del", "wmic-shadowcopy-delete"),
        (r'wmic shadowcopy call create "ClientAccessible", "C:\"', "wmic-shadowcopy-create"),
        ("wmic service where name='x' call stopservice", "wmic-service"),
        ("wmic product where \"name like 'Tool%'\" call uninstall", "wmic-uninstall"),
        ("wmic nteventlog where \"filename='System'\" cl", "wmic-cleareventlog"),
        ("wmic nteventlog where filename='System' call cleareventlog", "wmic-cleareventlog"),
        (
            r'wmic /namespace:"\\root\subscription" PATH __EventFilter CREATE Name="x", Query="q"',
            "wmic-subscription",
        ),
        (
            r"wmic /Namespace:\\root\Microsoft\Windows\Defender class MSFT_MpPreference call Add ExclusionPath=C:\a",
            "wmic-defender-exclusion",
        ),
        (r"wmic /namespace:\\root\default class StdRegProv call CreateKey sSubKeyName=a", "wmic-stdregprov"),
        ("wmic os get Caption", "wmic-query"),
        ('wmic os get /format:"https://example.com/a.xsl"', "wmic-xsl"),
        (r"wmic os get /format:C:\a\b.xsl", "wmic-xsl"),
    ],
)
def test_a_command_gets_the_label_of_what_it_does(command, label):
    assert label in labels(command)


@pytest.mark.parametrize("form", ["list", "csv", "LIST", "htable", "texttablewsys.xsl"])
def test_a_built_in_format_is_no_stylesheet(form):
    assert labels(f"wmic process list /format:{form}") == {"wmic-query"}


def test_nodes_are_read_from_lists_in_any_quoting():
    found = wmic_features('wmic /node:"srv1","srv2", srv3 process call create calc.exe')

    assert found.targets == ("srv1", "srv2", "srv3")


def test_a_node_file_is_remote_although_its_nodes_are_unknown():
    found = wmic_features("wmic /node:@hosts.txt os get caption")

    assert "wmic-remote" in found.methods
    assert found.fact("wmic.node_file") == "hosts.txt"


@pytest.mark.parametrize(
    "node", ["127.0.0.1", "localhost", ".", "%computername%", "pc01", "PC01.corp.example"]
)
def test_a_node_that_means_this_host_is_not_remote(node):
    found = wmic_features(f"wmic /node:{node} process call create calc.exe", host="pc01.corp.example")

    assert found.targets == ()
    assert "wmic-remote" not in found.methods
    assert found.fact("wmic.node_local") == node.lower()


def test_a_password_never_enters_the_facts():
    found = wmic_features(
        r"wmic /user:CORP\a /password:Secret1 /node:198.51.100.7 process call create calc.exe"
    )

    assert "Secret1" not in repr(found)
    assert found.fact("wmic.password") == "***"


def test_a_deletion_bound_to_one_copy_is_scoped():
    assert wmic_features("wmic shadowcopy where \"ID='{0}'\" delete").fact("wmic.scoped") == "yes"


def test_a_deletion_with_a_pattern_is_not_scoped():
    assert wmic_features("wmic shadowcopy where \"ID like '%'\" delete").fact("wmic.scoped") == "no"


def test_what_is_created_is_kept_with_its_quotes():
    found = wmic_features(r'wmic process call create "rundll32.exe \"C:\a b\c.dll\" Start"')

    assert found.fact("created.command") == r'rundll32.exe "C:\a b\c.dll" Start'


def test_a_missing_command_line_is_a_client_with_nothing_known():
    found = wmic_features(None)

    assert found.is_wmi_client
    assert found.fact("command.recorded") == "no"


def test_a_renamed_client_is_known_by_its_version_resource():
    assert is_wmic(r"C:\Temp\a.exe", "wmic.exe")
