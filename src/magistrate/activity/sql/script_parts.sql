SELECT evidence_id, Timestamp, time_source, host, Channel, EventID, RecordId, file, User, UserSid,
  logger_sid, ScriptBlockText, ScriptBlockId, MessageNumber, MessageTotal, Path, logger_pid
FROM ps_script AS s WHERE EXISTS (SELECT 1 FROM activity_block AS b WHERE b.host = s.host AND b.block =
  s.ScriptBlockId)
