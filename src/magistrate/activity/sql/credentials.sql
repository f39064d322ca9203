SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, User, UserSid, LogonId,
  SubjectUserName, TargetUserName, TargetDomainName, TargetServerName, TargetInfo,
  Image, ProcessId
FROM explicit_credential
WHERE LOWER(Image) LIKE '%wmic.exe' OR LOWER(Image) LIKE '%wbemtest.exe' OR LOWER(TargetInfo) LIKE 'rpcss/%'
