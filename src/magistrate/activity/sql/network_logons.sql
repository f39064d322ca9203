SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, User, UserSid,
  TargetLogonId, LogonType, SourceIp, SourcePort, AuthenticationPackageName, LmPackageName, WorkstationName,
  LogonProcessName, Image, SubjectUserSid, ImpersonationLevel
FROM logon AS t
WHERE LogonType = 3 AND EXISTS (SELECT 1 FROM activity_anchor AS a
  WHERE a.host = t.host AND t.Timestamp BETWEEN a.from_time AND a.to_time)
ORDER BY host, Timestamp, evidence_id
