SELECT e.host, LOWER(e.ImageLoaded) AS image, LOWER(e.Signed) AS signed, e.Signature AS signer,
  LOWER(e.SignatureStatus) AS status, MIN(e.evidence_id) AS evidence_id
FROM image_load e WHERE LOWER(e.ImageLoaded) LIKE '%.exe'
  AND EXISTS (SELECT 1 FROM activity a WHERE a.host = e.host AND LOWER(a.parent) = LOWER(e.ImageLoaded))
GROUP BY e.host, LOWER(e.ImageLoaded), LOWER(e.Signed), e.Signature, LOWER(e.SignatureStatus)
