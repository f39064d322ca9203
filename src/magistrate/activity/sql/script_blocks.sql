SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, User, UserSid,
  logger_sid, ScriptBlockText, ScriptBlockId, MessageNumber, MessageTotal, Path, logger_pid
FROM ps_script AS s WHERE ScriptBlockText IS NOT NULL AND (LOWER(ScriptBlockText) LIKE '%wmi%'
  OR LOWER(ScriptBlockText) LIKE '%ciminstance%'
  OR LOWER(ScriptBlockText) LIKE '%cimmethod%'
  OR LOWER(ScriptBlockText) LIKE '%cimsession%'
  OR LOWER(ScriptBlockText) LIKE '%winmgmts%'
  OR LOWER(ScriptBlockText) LIKE '%system.management%')
