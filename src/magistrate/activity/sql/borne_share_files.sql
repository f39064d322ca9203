SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, ShareName,
  RelativeTargetName, SourceIp, User, UserSid, SubjectLogonId FROM share_access
WHERE RelativeTargetName LIKE '%!_!_1%.%' ESCAPE '!' OR LOWER(RelativeTargetName) LIKE '%wbem%wbemcomn.dll'
