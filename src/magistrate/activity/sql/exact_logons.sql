SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, User, UserSid,
  TargetLogonId, LogonType, SourceIp, SourcePort, AuthenticationPackageName, LmPackageName, WorkstationName,
  LogonProcessName, Image, SubjectUserSid, ImpersonationLevel FROM logon AS l
WHERE EXISTS (SELECT 1 FROM activity_anchor AS a WHERE a.host = l.host AND a.LogonId = l.TargetLogonId)
ORDER BY host, Timestamp, evidence_id
