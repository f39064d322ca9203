SELECT e.host, LOWER(e.ImageLoaded) AS image, MIN(e.Signature) AS signer, MIN(e.evidence_id) AS evidence_id
FROM image_load e WHERE LOWER(e.Signed) = 'true' AND LOWER(e.ImageLoaded) LIKE '%.exe'
  AND EXISTS (SELECT 1 FROM activity a WHERE a.host = e.host AND LOWER(a.parent) = LOWER(e.ImageLoaded))
GROUP BY e.host, LOWER(e.ImageLoaded)
