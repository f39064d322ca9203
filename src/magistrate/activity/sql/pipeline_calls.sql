SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, User, UserSid,
  logger_sid, Payload, ContextInfo, HostApplication, logger_pid
FROM ps_module WHERE Payload IS NOT NULL AND (LOWER(Payload) LIKE '%wmi%'
  OR LOWER(Payload) LIKE '%ciminstance%'
  OR LOWER(Payload) LIKE '%cimmethod%'
  OR LOWER(Payload) LIKE '%cimsession%'
  OR LOWER(Payload) LIKE '%winmgmts%'
  OR LOWER(Payload) LIKE '%system.management%')
