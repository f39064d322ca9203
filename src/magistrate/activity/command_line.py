"""Entry points: features of a process command line and of PowerShell text."""

from __future__ import annotations

import re

from magistrate.activity.command_shapes import defence_product, output_kind, shape_facts, tools
from magistrate.activity.encodings import MAX_TEXT, basename
from magistrate.activity.features import Features, merge, sorted_facts
from magistrate.activity.powershell import powershell_features
from magistrate.activity.powershell_pipeline import is_pipeline_text, pipeline_features
from magistrate.activity.shell import Step, decoded_texts, plain, read_steps
from magistrate.activity.wmic import is_wmic, wmic_features

_CLIENTS = {"mofcomp.exe": "mofcomp", "wbemtest.exe": "wbemtest", "wbemtool.exe": "wbemtool"}
_SCRIPT_HOSTS = frozenset({"cscript", "wscript", "mshta", "rundll32"})
_COM = re.compile(r"winmgmts:|wbemscripting\.swbemlocator|wsman\.automation", re.IGNORECASE)
_COM_HOST = re.compile(r"winmgmts:(?:\{[^}\"']{0,200}\}!?)?\\\\([^\\\"']{1,255})\\", re.IGNORECASE)
_OUTPUT_LABELS = {
    "wmiexec": "impacket-wmiexec",
    "smbmap": "smbmap-wmiexec",
    "netexec-smb": "netexec-wmiexec",
    "netexec-share": "netexec-wmiexec",
    "netexec-wmi": "netexec-wmi",
    "discovery-tool": "discovery-tool-output",
}
_LOCAL = frozenset({".", "127.0.0.1", "localhost", "::1"})


def command_features(
    image: str | None, original: str | None, command: str | None, *, host: str | None = None
) -> Features:
    """Features of one process by its image, version-resource name and command line.

    Args:
        image: path of the executable, None when unknown.
        original: OriginalFileName, which unmasks a renamed client.
        command: command line as recorded, None when it was not recorded.
        host: name of the host, so that its own name in `/node` or `-ComputerName` is not a remote target.

    Returns:
        Features of the outermost client and of everything it wraps. For a shell that starts a client
        (`cmd /c wmic ...`) `is_wmi_client` is true and the fact `client.wrapper` names the shell: the client
        has a process record of its own where process auditing is on.
    """
    text = (command or "")[:MAX_TEXT]
    name = basename(image or "")
    if is_wmic(image, original):
        steps = read_steps(text, "wmic.exe") if text else []
        parts = [_renamed(wmic_features(text or None, host=host), name, "wmic.exe")]
        return _finish(text, steps, parts, host)
    known = _CLIENTS.get((original or "").strip().lower()) or _CLIENTS.get(name)
    steps = read_steps(text, image if name else None, original) if text else []
    parts = [_named_client(known, name, original, text)] if known else []
    for step in steps:
        parts.extend(_step_features(step, host))
    return _finish(text, steps, parts, host)


def script_features(text: str, *, host: str | None = None) -> Features:
    """Features of PowerShell text: a 4104 script block, or the payload of a 4103 or 800 record.

    Text hidden in base64 literals is opened three deep. Comments, strings and uncalled definitions are told
    from calls by the fact `ps.call`.
    """
    cut = text[:MAX_TEXT]
    if is_pipeline_text(cut):
        return pipeline_features(cut, host=host)
    hidden = decoded_texts(cut)
    parts = [powershell_features(item, host=host) for item in (cut, *hidden)]
    parts = [part for part in parts if part.is_wmi_client]
    if not parts:
        return Features(decoded="\n".join(hidden)[:MAX_TEXT] or None)
    created = [_created(part) for part in parts]
    facts = {"command.decoded_length": str(sum(map(len, hidden)))} if hidden else {}
    joined = merge(
        *parts, *created, Features(facts=sorted_facts(facts), decoded="\n".join(hidden)[:MAX_TEXT] or None)
    )
    return _with_tamper(joined, cut)


def _step_features(step: Step, host: str | None) -> list[Features]:
    """WMI calls of one step of a command line."""
    parts: list[Features] = []
    if step.program == "wmic" and step.wrapper != "powershell":
        parts.append(_wrapped(wmic_features(step.text, host=host), step))
    elif {"powershell", "pwsh"} & step.names:
        for body in (step.script, step.decoded):
            if body:
                parts.append(_wrapped(script_features(body, host=host), step))
        if step.decoded:
            parts.append(Features(decoded=step.decoded))
    elif step.program in ("mofcomp", "wbemtest", "wbemtool") and step.wrapper:
        parts.append(_wrapped(_named_client(step.program, f"{step.program}.exe", None, step.text), step))
    elif step.program == "winrm" or (
        step.program in ("cscript", "wscript") and "winrm.vbs" in step.text.lower()
    ):
        parts.append(_wrapped(_winrm(step), step))
    elif step.program in _SCRIPT_HOSTS and _COM.search(step.text):
        parts.append(_wrapped(_com_script(step), step))
    return [part for part in parts if part.is_wmi_client or part.decoded]


def _wrapped(part: Features, step: Step) -> Features:
    """Say which shell the client was started from, when it is not the process itself."""
    if not step.wrapper or not part.is_wmi_client:
        return part
    return merge(part, Features(facts=(("client.wrapper", step.wrapper),)))


def _renamed(part: Features, name: str, true_name: str) -> Features:
    """Say when the file name hides the program."""
    return merge(part, Features(facts=(("client.renamed", name),))) if name and name != true_name else part


def _named_client(known: str | None, name: str, original: str | None, text: str) -> Features:
    """mofcomp, wbemtest and the playbook's wbemtool."""
    assert known is not None
    facts: dict[str, str] = {}
    operation = "other"
    if known == "mofcomp":
        operation = "subscription"
        words = text.split()
        mof = next((word.strip('"') for word in words[1:] if ".mof" in word.lower()), "")
        facts["mofcomp.file"] = mof
        node = next(
            (word[3:].strip('"') for word in words[1:] if word.lower().startswith(("-n:", "/n:"))), ""
        )
        facts["mofcomp.namespace"] = node.lower()
    true_name = (original or "").strip().lower()
    if true_name in _CLIENTS and name and name != true_name:
        facts["client.renamed"] = name
    targets: tuple[str, ...] = ()
    if (space := facts.get("mofcomp.namespace", "")).startswith("\\\\"):
        remote = space.lstrip("\\").split("\\")[0]
        targets = () if remote in _LOCAL else (remote,)
    return Features(True, operation, frozenset({known}), targets, facts=sorted_facts(facts))


def _winrm(step: Step) -> Features:
    """`winrm invoke|get|enumerate wmicimv2/...`: WMI over WS-Management by the in-box script."""
    words = list(step.arguments)
    resource = next(
        (word for word in words if "wmicimv2" in word or "/wmi/" in word or "wmi/root" in word), None
    )
    if resource is None:
        return Features()
    invoke = any(word in ("i", "invoke") for word in words)
    remote = next(
        (word.split(":", 1)[1] for word in words if word.startswith(("-r:", "-remote:", "/r:", "/remote:"))),
        "",
    )
    remote = re.sub(r"^https?://", "", remote).split(":")[0].split("/")[0]
    target_class = resource.split("?")[0].rsplit("/", 1)[-1]
    creates = invoke and target_class == "win32_process"
    label = "winrm-invoke-wmi" if invoke else "winrm-wmi-query"
    operation = "process_create" if creates else ("method" if invoke else "query")
    targets = (remote,) if remote and remote not in _LOCAL else ()
    facts = {"winrm.class": target_class, "winrm.node": remote}
    return Features(True, operation, frozenset({label}), targets, facts=sorted_facts(facts))


def _com_script(step: Step) -> Features:
    """A script host with WMI's COM interface in its command line."""
    text = step.text.lower()
    creates = "win32_process" in text and ".create" in text
    match = _COM_HOST.search(step.text)
    node = match.group(1).lower() if match else ""
    labels = {"wmi-com-script", *(["wmi-com-script-process-create"] if creates else [])}
    operation = (
        "process_create"
        if creates
        else ("delete" if "win32_shadowcopy" in text and "delete" in text else "query")
    )
    targets = (node,) if node and node not in _LOCAL else ()
    return Features(True, operation, frozenset(labels), targets, facts=sorted_facts({"com.node": node}))


def _created(part: Features) -> Features:
    """Facts of the command line that a call hands to Win32_Process.Create; what is created is no client here."""
    command = part.fact("created.command")
    if not command:
        return Features()
    steps = read_steps(command)
    facts = shape_facts(command, steps)
    kept = {
        name: value
        for name, value in facts.items()
        if name.startswith("command.") and name not in _OUTER_ONLY
    }
    if steps:
        kept["created.program"] = steps[0].program
    decoded = "\n".join(step.decoded for step in steps if step.decoded) or None
    return Features(decoded=decoded, facts=sorted_facts(kept))


_OUTER_ONLY = frozenset(
    {"command.program", "command.inner", "command.length", "command.very_long", "command.quiet_cmd"}
)


def _finish(text: str, steps: list[Step], parts: list[Features], host: str | None) -> Features:
    """Add what holds for any command: shapes, tool labels, recon and tamper."""
    facts = shape_facts(text, steps) if text else {}
    labels: set[str] = set()
    kind = facts.get("command.output_kind")
    if kind in _OUTPUT_LABELS:
        labels.add(_OUTPUT_LABELS[kind])
    elif facts.get("command.quiet_cmd") and _crackmapexec(text):
        labels.add("cme-wmiexec")
    inner = facts.get("command.inner", "").strip().lower()
    if facts.get("command.quiet_cmd") and inner in ("cd", "cd \\"):
        facts["command.opener"] = "yes"
    if text and plain(text) != " ".join(text.split()):
        facts["command.noise"] = "yes"
    clients = [part for part in parts if part.is_wmi_client]
    base = Features(methods=frozenset(labels), facts=sorted_facts(facts))
    joined = merge(
        *clients,
        base,
        *(_created(part) for part in clients),
        *(part for part in parts if not part.is_wmi_client),
    )
    if not clients:
        joined = Features(False, "other", joined.methods, joined.targets, joined.decoded, joined.facts)
    return _with_tamper(joined, text)


def _crackmapexec(text: str) -> bool:
    """The launcher of CrackMapExec and NetExec: fixed switches in a fixed order, then -C with scrambled text."""
    return (
        re.search(r"powershell(?:\.exe)?\s+-exec bypass -noni -nop -w 1 -c\b", text, re.IGNORECASE)
        is not None
    )


def _with_tamper(part: Features, text: str) -> Features:
    """Facts that need the WMI meaning: recovery inhibition, defence tampering and reconnaissance through WMI."""
    if not part.is_wmi_client:
        return part
    facts = dict(part.facts)
    extra = {
        "command.recovery_inhibition": _recovery(part),
        "command.defence_tamper": _tamper(part, facts, text),
        "wmi.recon": _recon(part, facts),
    }
    return merge(part, Features(facts=sorted_facts({name: value for name, value in extra.items() if value})))


def _recovery(part: Features) -> str:
    """Shadow copies deleted through WMI."""
    if "wmic-shadowcopy-delete" in part.methods:
        return "wmic shadowcopy delete"
    return "Win32_ShadowCopy delete" if "ps-shadowcopy-delete" in part.methods else ""


def _tamper(part: Features, facts: dict[str, str], text: str) -> str:
    """WMI used against defences: log clear, Defender settings, security products and their processes."""
    methods = part.methods
    if methods & {"wmic-cleareventlog", "ps-wmi-cleareventlog"}:
        return "event log cleared"
    if methods & {"wmic-defender-exclusion", "wmic-defender-setting", "ps-wmi-defender-setting"}:
        return "Defender setting"
    scope = (
        f"{facts.get('wmic.where', '')} {facts.get('wmic.arguments', '')}" if "wmic.verb" in facts else text
    )
    product = defence_product(scope)
    if product and methods & {"wmic-uninstall", "ps-wmi-uninstall"}:
        return f"uninstall of {product}"
    if product and "wmic-process-terminate" in methods:
        return f"process of {product} ended"
    if (
        product
        and "wmic-service" in methods
        and facts.get("wmic.method", "").startswith(("stop", "delete", "change", "pause"))
    ):
        return f"service of {product} stopped"
    return ""


def _recon(part: Features, facts: dict[str, str]) -> str:
    """What a query asks about, when it is what an intruder asks first."""
    if part.operation != "query":
        return ""
    alias = facts.get("wmic.alias", "")
    if alias in tools("recon"):
        return alias
    if "securitycenter" in facts.get("wmic.namespace", ""):
        return alias or "securitycenter2"
    classes = facts.get("ps.class", "").split(", ")
    return ", ".join(name for name in classes if name in tools("recon"))


__all__ = ["command_features", "output_kind", "script_features"]
