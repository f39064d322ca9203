SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, SubjectLogonId,
  SubjectUserName, PrivilegeList
FROM special_privilege AS p
WHERE EXISTS (SELECT 1 FROM activity_anchor AS a WHERE a.host = p.host AND a.LogonId = p.SubjectLogonId)
ORDER BY host, Timestamp, evidence_id
