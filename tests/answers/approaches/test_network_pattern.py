from __future__ import annotations

from tests.answers.cases import (
    SOURCE,
    SOURCE_IP,
    SYSMON,
    TARGET,
    activity,
    event,
    finding,
    identity,
    inquire,
    recording,
    site,
    story,
)

from magistrate.activity.model import Candidate, Join, OriginClass
from magistrate.answers.answer import State
from magistrate.answers.approaches.network_pattern import answer_pattern
from magistrate.context.model import Asset

TARGET_IP = "10.0.1.10"
DCOM = [
    event("network_connection", 3, -0.5, channel=SYSMON, Initiated=False, SourceIp=SOURCE_IP, SourcePort=50_001,
          DestinationIp=TARGET_IP, DestinationPort=135),
    event("network_connection", 3, -0.4, channel=SYSMON, Initiated=False, SourceIp=SOURCE_IP, SourcePort=50_002,
          DestinationIp=TARGET_IP, DestinationPort=49_700),
]  # fmt: skip
WORKSTATIONS = site(
    assets=(Asset(TARGET, (TARGET_IP,), "workstation"), Asset(SOURCE, (SOURCE_IP,), "workstation"))
)
MANAGED = site(
    management=(SOURCE_IP,),
    assets=(Asset(TARGET, (TARGET_IP,), "server"), Asset(SOURCE, (SOURCE_IP,), "management")),
)


def test_workstation_to_workstation_is_out_of_pattern():
    draft = answer_pattern(inquire(rows=recording() + DCOM, context=WORKSTATIONS))

    assert (draft.state, draft.pattern) == (State.YES, "OUT")


def test_management_source_with_flows_is_in_pattern():
    draft = answer_pattern(inquire(rows=recording() + DCOM, context=MANAGED))

    assert (draft.state, draft.pattern) == (State.NO, "IN")


def test_in_pattern_cites_the_flow():
    draft = answer_pattern(inquire(rows=recording() + DCOM, context=MANAGED))

    assert any(item.event_id == 3 for item in draft.evidence)


def test_dcom_names_the_endpoint_mapper_and_the_dynamic_port():
    draft = answer_pattern(inquire(rows=recording() + DCOM, context=MANAGED))

    assert draft.values["transport"] == "DCOM 135+49700"


def test_missing_flows_are_unknown_and_never_local():
    draft = answer_pattern(inquire(context=MANAGED))

    assert (draft.state, "never mean local" in draft.values["why"]) == (State.UNKNOWN, True)


def test_swapped_sides_are_read_by_the_known_port():
    swapped = event("network_connection", 3, -0.5, channel=SYSMON, Initiated=False, SourceIp=TARGET_IP, SourcePort=5985,
                    DestinationIp=SOURCE_IP, DestinationPort=50_001)  # fmt: skip
    draft = answer_pattern(inquire(rows=[*recording(), swapped], context=MANAGED))

    assert draft.values["transport"] == "WSMan 5985"


def test_two_possible_sources_conflict():
    candidates = (
        Candidate("CORP\\a", "10.0.5.23", None, 1, "l1"),
        Candidate("CORP\\b", "10.0.5.24", None, 2, "l2"),
    )
    who = identity(join=Join.AMBIGUOUS, candidates=candidates)

    assert answer_pattern(inquire([story(who=who)], rows=recording() + DCOM)).state is State.CONFLICT


def test_local_session_is_not_applicable_but_keeps_its_limit():
    draft = answer_pattern(inquire([story(who=identity(OriginClass.LOCAL))]))

    assert (draft.state, "not excluded" in draft.limits[-1]) == (State.NOT_APPLICABLE, True)


def test_three_new_targets_within_an_hour_are_out_of_pattern():
    stories = [
        story(str(n), seconds=n * 60, host=f"srv0{n}.corp.example", targets=(f"srv0{n}.corp.example",))
        for n in (1, 2, 3)
    ]

    assert answer_pattern(inquire(stories)).values["fan_out"] == "3 targets"


def test_first_outside_connection_of_the_child_is_out_of_pattern():
    act = activity(process_id=4711)
    outside = event("network_connection", 3, 30, channel=SYSMON, Initiated=True, SourceIp=TARGET_IP, SourcePort=50_100,
                    DestinationIp="203.0.113.9", DestinationPort=443, ProcessId=4711)  # fmt: skip
    draft = answer_pattern(inquire([story(acts=(act,))], rows=[*recording(), outside]))

    assert (draft.state, draft.values["after_effects"]) == (State.YES, "203.0.113.9:443")


def test_public_source_finding_is_out_of_pattern():
    assert answer_pattern(inquire(findings=[finding("S14")])).state is State.YES


def test_read_back_from_one_address_is_told():
    touches = [
        event("share_access", 5145, 0.1, ShareName=r"\\*\ADMIN$", RelativeTargetName="__1772614800.1", SourceIp="127.0.0.1"),
        event("share_access", 5145, 0.4, ShareName=r"\\*\ADMIN$", RelativeTargetName="__1772614800.1", SourceIp=SOURCE_IP),
    ]  # fmt: skip
    draft = answer_pattern(inquire(rows=recording() + touches))

    assert any(SOURCE_IP in limit for limit in draft.limits)


SENSOR = [
    event("zeek_conn", None, -0.6, channel="Zeek/conn", host="sensor01", SourceIp=SOURCE_IP, SourcePort=50_001,
          DestinationIp=TARGET_IP, DestinationPort=135, ConnState="SF", OrigBytes=600, RespBytes=900),
    event("zeek_conn", None, -0.5, channel="Zeek/conn", host="sensor01", SourceIp=SOURCE_IP, SourcePort=50_002,
          DestinationIp=TARGET_IP, DestinationPort=49_700, ConnState="SF", OrigBytes=3_400, RespBytes=1_600),
]  # fmt: skip
CALL = event("zeek_dce_rpc", None, -0.4, channel="Zeek/dce_rpc", host="sensor01", SourceIp=SOURCE_IP,
             SourcePort=50_002, DestinationIp=TARGET_IP, DestinationPort=49_700, RpcInterface="IWbemServices",
             Operation="ExecMethod")  # fmt: skip


def test_a_sensors_connections_are_flow_data_of_both_ends():
    draft = answer_pattern(inquire(rows=recording() + SENSOR, context=MANAGED))

    assert (draft.state, draft.values["flow_data"], draft.values["transport"]) == (
        State.NO,
        "present",
        "DCOM 135+49700",
    )


def test_a_call_on_the_wire_proves_wmi_over_dcom():
    draft = answer_pattern(inquire(rows=[*recording(), *SENSOR, CALL], context=MANAGED))

    assert draft.values["transport"] == "DCOM 135+49700, IWbemServices::ExecMethod on the wire"
    assert any(item.channel == "Zeek/dce_rpc" for item in draft.evidence)


def test_a_sensor_counts_the_bytes_that_host_logs_lack():
    draft = answer_pattern(inquire(rows=recording() + SENSOR, context=MANAGED))

    assert "the sensor counted 4,000 bytes to the server and 2,500 back" in draft.limits[0]


def test_a_sensors_refused_connection_carried_nothing():
    refused = [{**row, "ConnState": "REJ", "evidence_id": row["evidence_id"][::-1]} for row in SENSOR]
    draft = answer_pattern(inquire(rows=recording() + refused, context=MANAGED))

    assert draft.values["flow_data"] == "absent"


def test_a_sensors_connection_between_other_addresses_is_not_the_storys():
    other = [{**row, "SourceIp": "10.0.9.9", "evidence_id": row["evidence_id"][::-1]} for row in SENSOR]
    draft = answer_pattern(inquire(rows=recording() + other, context=MANAGED))

    assert draft.values["flow_data"] == "absent"
