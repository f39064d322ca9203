WITH ranked AS (
  SELECT e.evidence_id, e.Timestamp, e.host, e.Channel, e.EventID, e.RecordId, e.file, e.Hashes, e.Image,
    e.ImageLoaded, e.TargetFilename,
    ROW_NUMBER() OVER (PARTITION BY e.Hashes, e.Image, e.ImageLoaded, e.TargetFilename
      ORDER BY e.Timestamp, e.evidence_id) AS place,
    COUNT(*) OVER (PARTITION BY e.Hashes, e.Image, e.ImageLoaded, e.TargetFilename) AS number
  FROM event e
  WHERE e.category IN ('process_creation', 'image_load', 'driver_load', 'file_event')
    AND (e.Hashes IS NOT NULL OR e.Image IS NOT NULL OR e.TargetFilename IS NOT NULL)
)
SELECT * FROM ranked WHERE place = 1 ORDER BY Timestamp, evidence_id
