import pytest

from magistrate.activity.shell import read_steps, split_chain

CMD = "C:\\Windows\\System32\\cmd.exe"


def programs(command, image=None):
    return [step.program for step in read_steps(command, image)]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("cmd /c whoami", ["cmd", "whoami"]),
        ('cmd.exe /c "whoami & net user"', ["cmd", "whoami", "net"]),
        ("cmd /c cmd /c whoami", ["cmd", "cmd", "whoami"]),
        ("cmd /q /c start /b wmic os get caption", ["cmd", "wmic"]),
        ("cmd /c for %i in (a b) do wmic /node:%i os get caption", ["cmd", "wmic"]),
        ("cmd /c if exist C:\\a.txt del C:\\a.txt", ["cmd", "del"]),
        ("cmd /c echo a^&b", ["cmd", "echo"]),
        ("cmd.exe", ["cmd"]),
        ("powershell -c vssadmin delete shadows", ["powershell", "vssadmin"]),
        ("", []),
    ],
)
def test_a_command_line_is_taken_apart(command, expected):
    assert programs(command) == expected


def test_an_unquoted_program_path_with_spaces_is_one_word():
    image = "C:\\Program Files\\Tool\\tool.exe"

    (step,) = read_steps(f"{image} /flag value", image)

    assert step.words == (image, "/flag", "value")


def test_a_redirect_of_the_error_stream_is_no_join():
    assert split_chain("whoami 1> out.txt 2>&1") == ["whoami 1> out.txt 2>&1"]


def test_a_sign_inside_quotes_is_no_join():
    assert split_chain('echo "a & b"') == ['echo "a & b"']


def test_wrappers_are_opened_to_a_depth():
    assert len(read_steps("cmd /c " * 50 + "whoami")) <= 6


def test_long_chains_are_cut():
    assert len(read_steps("cmd /c " + "ver&" * 5000, CMD)) <= 200
