WITH lineage AS (
  SELECT a.story_id, a.activity_id, a.host, a.Timestamp AS started, a.process_key, a.process_id, a.image_name
  FROM activity a WHERE a.kind = 'child'
  UNION ALL
  SELECT s.story_id, s.activity_id, s.host, s.Timestamp AS started, s.process_key, s.process_id, s.image_name
  FROM story_process s JOIN activity a ON a.activity_id = s.activity_id AND a.kind = 'child'
  WHERE s.via = 'descendant'
)
SELECT l.story_id, l.activity_id, l.started, l.image_name AS program, e.evidence_id, e.Timestamp, e.host, e.Channel,
  e.EventID, e.RecordId, e.file, e.Image, e.SourceIp, e.DestinationIp, e.DestinationPort
FROM lineage l JOIN network_connection e ON e.host = l.host AND e.ProcessGuid = l.process_key
WHERE e.Initiated = TRUE AND e.Timestamp >= l.started
  AND e.Timestamp <= l.started + :window_minutes * INTERVAL '1' MINUTE
UNION ALL
SELECT l.story_id, l.activity_id, l.started, l.image_name AS program, e.evidence_id, e.Timestamp, e.host, e.Channel,
  e.EventID, e.RecordId, e.file, e.Image, e.SourceIp, e.DestinationIp, e.DestinationPort
FROM lineage l JOIN network_connection e ON e.host = l.host AND e.ProcessId = l.process_id
WHERE e.ProcessGuid IS NULL AND e.Initiated = TRUE AND e.Timestamp >= l.started
  AND e.Timestamp <= l.started + :window_minutes * INTERVAL '1' MINUTE
